"""Names for invented people: common given names, surnames of many origins, and the parts of surnames nobody bears.

Each list begins with the most common ones (see :func:`passerelle.population.dice.pick_common`).
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    """The words of a text; ``_`` stands for a space inside a name."""
    return tuple(word.replace("_", " ") for word in text.split())


GIVEN_F: tuple[str, ...] = _words("""
    Marie Nathalie Isabelle Sylvie Catherine Sandrine Stéphanie Céline Julie Aurélie Émilie Laura Sarah Camille Léa Manon Inès
    Fatima Karima Nadia Samira Yasmina Aïcha Khadija Malika Farida Leïla Nora Sonia Sabrina Virginie Valérie Christine
    Véronique Martine Monique Françoise Brigitte Jacqueline Chantal Patricia Corinne Laurence Delphine Christelle Élodie
    Mélanie Marine Pauline Mathilde Chloé Emma Jade Louise Alice Lina Rose Anna Mila Ambre Julia Zoé Juliette Lucie Charlotte
    Clara Éva Romane Agathe Léna Nina Victoire Jeanne Margaux Justine Morgane Océane Amandine Audrey Vanessa Jessica Jennifer
    Cindy Ludivine Angélique Séverine Karine Anaïs Coralie Laëtitia Myriam Hélène Anne Claire Élise Marion Noémie Fanny Gaëlle
    Solène Maëlys Maëva Fatoumata Aminata Mariama Awa Bintou Kadiatou Adama Ramata Oumou Grâce Merveille Esther Ruth Rachel
    Déborah Maria Ana Carla Beatriz Elena Ioana Mihaela Olena Oksana Natalia Svetlana Tatiana Irina Anastasia Zeynep Elif
    Fatma Ayşe Emine Büşra Amina Maryam Zahra Parwana Rania Salma Imane Hafsa Soumaya Nour Chaïma Assia Houda Wafa Dalila Mai
    Linh Thi Rosa Carmen Lucia Joana Marie-Claude Marie-Christine Marie-Line Anne-Marie Anne-Sophie Marie-Thérèse Rose-Marie
    Lou-Anne Marie-Ange Anne-Laure Marie-José Eve-Marie
""")

GIVEN_M: tuple[str, ...] = _words("""
    Michel Philippe Christophe Nicolas Julien David Thomas Alexandre Mohamed Ahmed Karim Rachid Youssef Kevin Anthony Romain
    Maxime Lucas Hugo Louis Alain Patrick Bernard Christian Daniel Gérard Jacques Pierre Thierry Pascal Laurent Frédéric
    Stéphane Éric Olivier Sébastien Cédric Guillaume Jérôme Vincent François Bruno Didier Gilles Hervé Dominique Serge Denis
    Franck Fabrice Ludovic Arnaud Benoît Mathieu Benjamin Florian Jérémy Quentin Clément Adrien Antoine Valentin Dylan Théo
    Enzo Nathan Léo Raphaël Gabriel Arthur Jules Adam Noah Liam Ethan Mathis Timéo Sacha Gaël Loïc Yann Mickaël Grégory
    Jonathan Damien Fabien Rémi Gaëtan Aurélien Tony Jordan Steven Bryan Teddy Johnny Abdelkader Abdallah Ali Hassan Hussein
    Ibrahim Ismaël Mustapha Said Omar Khaled Samir Farid Nabil Mourad Hakim Bilal Ayoub Rayan Yanis Ilyes Amine Mehdi Walid
    Zakaria Mamadou Moussa Ousmane Boubacar Amadou Cheikh Abdoulaye Sékou Souleymane Seydou Modou Ibrahima Jean-Baptiste
    Christian-Marie Emmanuel Josué Samuel Élie Moïse José Manuel João Antonio Carlos Miguel Luis Paulo Ion Andrei Mihai Vasile
    Piotr Tomasz Oleksandr Dmytro Sergueï Vladimir Mehmet Mustafa Murat Emre Hüseyin Ahmad Najib Rahim Khalil Jean-Pierre
    Jean-Claude Jean-Luc Jean-Marc Jean-Paul Jean-Michel Jean-François Jean-Louis Jean-Philippe Pierre-Yves Paul-Henri
    Jean-Noël Louis-Marie
""")

SURNAMES: tuple[str, ...] = _words("""
    Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David Bertrand
    Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier Blanc Guérin
    Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier
    Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly Rivière Lucas Brunet
    Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard Roger Fabre Aubert
    Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey Leclerc Payet Rolland Leclercq Guillaume Lecomte
    Lopez Jean Dupuy Guillot Hubert Berger Carpentier Sanchez Dupuis Moulin Louis Deschamps Huet Vasseur Perez Boucher Fleury
    Royer Klein Jacquet Adam Paris Poirier Marty Aubry Guyot Carré Charles Renault Charpentier Ménard Maillard Baron Bertin
    Bailly Hervé Schneider Fernandez Collet Léger Bouvier Julien Prévost Millet Perrot Daniel Cousin Germain Breton Besson
    Langlois Rémy Pelletier Lévêque Perrier Leblanc Barré Lebrun Marchal Weber Mallet Hamon Boulanger Jacob Monnier Michaud
    Rodriguez Guichard Gillet Étienne Grondin Poulain Tessier Chevallier Collin Chauvin Bouchet Gay Lemaître Bénard Maréchal
    Humbert Reynaud Antoine Hoarau Perret Barthélemy Cordier Pichon Lejeune Gilbert Lamy Delaunay Pasquier Carlier Laporte
    Benali Bouzid Haddad Mansouri Cherif Belkacem Saïdi Hamidi Brahimi Ziani Khelifi Mebarki Bouaziz Amrani Alaoui Benjelloun
    Idrissi Tazi Ouali Slimani Trabelsi Ben_Salah Gharbi Diallo Traoré Coulibaly Diarra Keïta Camara Touré Cissé Konaté
    Sissoko Ndiaye Diop Fall Sow Bâ Sy Koné Ouattara Kouassi Mbemba Ilunga Mukendi Nguema Nkomo Ekambi Silva Ferreira Pereira
    Da_Costa Dos_Santos Rodrigues Gonçalves Marques Oliveira Popescu Ionescu Dumitru Kowalski Nowak Wiśniewska Kovalenko
    Shevchenko Petrov Yılmaz Demir Kaya Çelik Şahin Ahmadi Rahimi Noori Al_Hassan Khoury Nguyễn Trần Rossi Ferrari Esposito
    Joseph Pierre-Louis Rakotomalala Hoareau Le_Gall Le_Goff Kerbrat
""")

STEMS: tuple[str, ...] = _words("""
    Bal Bar Bel Ber Bon Bour Bri Cal Car Chal Char Cla Cor Cour Dal Del Dour Fal Fer Fon Fra Gal Gar Ger Gri Gui Hal Lam Lar
    Lor Mal Mar Mer Mon Mor Nar Pel Per Pon Ral Ren Riv Rol Sal Ser Sor Tal Ter Tour Val Ver Vil
""")

ENDINGS: tuple[str, ...] = _words("""
    ard aud ault eau elet elin er ère et evin ier ignac in ineau iot oix onnet onnier osse ot ouin oux uel villon mont dier
    gnon teau zac cieux nesson quet rand sac tier
""")
"""A stem and an ending make a surname that sounds French."""
