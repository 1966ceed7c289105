"""Where the invented people live and were born.

The territory, its communes and the French birth places are invented: commune numbers from 001 to 099 under « 99 » and above 900
elsewhere belong to no real place, so no NIR made from them is a living person's. Countries have their real INSEE codes.
"""

from __future__ import annotations

from passerelle.population.people import Commune, Territory

_COMMUNES = (
    "Valcombe", "Aubremont", "Saint-Orens-sur-Vaise", "Montrivel", "Brézolles-le-Grand", "Château-Lizier", "La Ferrière-d'Aure",
    "Sainte-Maurine", "Pont-de-Luisne", "Fontbelle", "Villers-aux-Ormes", "Noircourt", "Marsangy-le-Haut", "Orbeval",
    "Les Échelles-Vieilles", "Beaucastel-sur-Aure", "Saint-Aubry", "Lavernède", "Courcelles-la-Vigne", "Haute-Rive",
    "Grandvoisin", "Roquelaurette", "Chantevigne", "Sainte-Colline", "Le Mesnil-Ravière", "Puymorel", "Vaudreville",
    "Saint-Gérand-des-Bois", "Belloy-le-Sec", "Ormesson-la-Côte", "Trévignac", "Cernoy", "L'Étang-Bleu", "Malaucourt",
    "Rives-d'Hélie", "Bois-Ginestel", "Fresnoy-la-Tour", "Saint-Pardon", "Aiguebrune", "La Chaussée-Marine",
)  # fmt: skip

TERRITORY = Territory(
    code="99",
    name="Haute-Luisne",
    communes=tuple(
        Commune(code=f"99{rank:03d}", name=name, postcode=f"99{(rank + 1) // 2 * 10:03d}") for rank, name in enumerate(_COMMUNES, start=1)
    ),
)

ELSEWHERE: tuple[tuple[str, str], ...] = (
    ("54931", "Vézelise-Neuve"), ("57942", "Moselbourg"), ("59963", "Roubecq"), ("62915", "Lensoy"),
    ("75956", "Paris-Invention"), ("93908", "Saint-Ouville"), ("92917", "Nanterrières"), ("69935", "Villeurbois"),
    ("42921", "Forézieux"), ("13914", "Port-Cassien"), ("31955", "Garonnelle"), ("33963", "Bordaigne"), ("44909", "Loirec"),
    ("35938", "Rennevel"), ("29919", "Penmarec"), ("67982", "Ostwiller"), ("68924", "Munstheim"), ("06988", "Var-les-Palmes"),
    ("34972", "Lezille"), ("66936", "Perpignac"), ("63913", "Clermoise"), ("80921", "Amiénois"), ("76940", "Rouvray-Seine"),
    ("14918", "Caenville"), ("87985", "Limogette"), ("21931", "Dijoncourt"), ("51954", "Rémival"), ("38985", "Grenois"),
    ("45934", "Orléanval"), ("55929", "Verdunois"), ("2A904", "Ajacciola"), ("2A947", "Sarténo"), ("2B933", "Bastiella"),
    ("2B996", "Cortène"), ("97191", "Basse-Lagune"), ("97292", "Fort-Madinine"), ("97393", "Cayenette"),
    ("97494", "Saint-Denival"),
)  # fmt: skip
"""Birth places in the rest of the country (Corsica and overseas among them): code and name."""

ABROAD: tuple[tuple[str, str], ...] = (
    ("99352", "Algérie"), ("99350", "Maroc"), ("99351", "Tunisie"), ("99139", "Portugal"), ("99208", "Turquie"),
    ("99341", "Sénégal"), ("99335", "Mali"), ("99326", "Côte d'Ivoire"), ("99312", "Congo (RDC)"), ("99322", "Cameroun"),
    ("99330", "Guinée"), ("99127", "Italie"), ("99134", "Espagne"), ("99122", "Pologne"), ("99114", "Roumanie"),
    ("99212", "Afghanistan"), ("99206", "Syrie"), ("99155", "Ukraine"), ("99410", "Haïti"), ("99397", "Comores"),
    ("99333", "Madagascar"), ("99125", "Albanie"), ("99255", "Géorgie"), ("99243", "Viêt Nam"),
)  # fmt: skip
"""Countries of birth: INSEE code and name."""

STREETS: tuple[str, ...] = (
    "rue des Tilleuls", "rue de la Gare", "avenue du Général-Morvan", "place du Marché", "rue des Écoles", "chemin des Vignes",
    "impasse du Lavoir", "rue Louise-Ferrand", "boulevard de la Luisne", "allée des Érables", "rue du Moulin",
    "résidence Les Coteaux", "route de Valcombe", "rue de l'Abbé-Ganne", "cité des Forges", "quai des Tanneurs", "rue du 8-Mai",
    "square des Rosiers", "rue de la Fontaine", "rue Basse",
)  # fmt: skip
