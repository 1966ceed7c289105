"""The French words of what readers meet outside the structure: what is wrong, what was expected, what to do."""

from __future__ import annotations

from passerelle.findings import Effect

_JSON_FIX = "Demandez à votre éditeur de logiciel d'écrire un objet par ligne, selon la norme JSON, puis redéposez ces lignes."

ODDITIES: dict[str, tuple[Effect, str, str, str]] = {
    "columns": (
        Effect.SET_ASIDE,
        "La ligne n'a pas le bon nombre de colonnes ({what}).",
        "Autant de valeurs que de colonnes dans l'en-tête.",
        "Cherchez un séparateur en trop ou manquant dans un texte libre de cette ligne.",
    ),
    "width": (
        Effect.SET_ASIDE,
        "La ligne n'a pas la longueur convenue ({what}).",
        "Des lignes toutes de la même longueur, complétées par des blancs.",
        "Exportez de nouveau ces lignes sans en retirer ni y ajouter de caractère, même un blanc en fin de ligne.",
    ),
    "swallowed": (
        Effect.SET_ASIDE,
        "Un guillemet ouvert sur cette ligne n'y est pas refermé : il avale {what}.",
        "Une ligne du fichier par personne, sans retour à la ligne dans une cellule.",
        "Retirez le guillemet ou le retour à la ligne, puis redéposez ces lignes.",
    ),
    "unknown_element": (
        Effect.WARN,
        "L'élément <{what}> n'est pas prévu par le contrat : il n'est pas lu.",
        "Les éléments décrits dans le contrat du flux.",
        "Prévenez le Département si cet élément est nouveau dans votre logiciel.",
    ),
    "repeated_element": (
        Effect.SET_ASIDE,
        "L'élément <{what}> figure plus d'une fois, ou contient d'autres éléments, là où une seule valeur est prévue.",
        "Une seule valeur.",
        "Corrigez le dossier et renvoyez-le.",
    ),
    "attribute": (
        Effect.WARN,
        "L'élément <{what}> porte un attribut, que le contrat ne prévoit pas : cet attribut n'est pas lu.",
        "Des éléments sans attribut.",
        "Prévenez le Département si cet attribut est nouveau dans votre logiciel.",
    ),
    "stray_text": (
        Effect.SET_ASIDE,
        "Du texte se trouve près de <{what}>, là où seuls des éléments sont prévus.",
        "Du texte seulement à l'intérieur des éléments qui portent une valeur.",
        "Retirez ce texte du dossier et renvoyez-le.",
    ),
    "unknown_column": (
        Effect.WARN,
        "La colonne « {what} » n'est pas prévue par le contrat : elle n'est pas lue.",
        "Les colonnes décrites dans le contrat du flux.",
        "Retirez cette colonne ; elle peut contenir des données qui ne doivent pas être transmises.",
    ),
    "unknown_key": (
        Effect.WARN,
        "La clé « {what} » n'est pas prévue par le contrat, sur cette ligne et peut-être d'autres : elle n'est pas lue.",
        "Les clés décrites dans le contrat du flux.",
        "Retirez cette clé ; elle peut contenir des données qui ne doivent pas être transmises.",
    ),
    "json_syntax": (
        Effect.SET_ASIDE,
        "La ligne n'est pas du JSON lisible ({what}).",
        "Un objet JSON entier sur chaque ligne.",
        _JSON_FIX,
    ),
    "json_object": (
        Effect.SET_ASIDE,
        "La ligne est du JSON, mais pas un objet.",
        "Un objet JSON sur chaque ligne, entre accolades.",
        _JSON_FIX,
    ),
    "json_repeated_key": (
        Effect.SET_ASIDE,
        "La clé « {what} » figure deux fois dans le même objet : on ne sait pas laquelle des deux valeurs est la bonne.",
        "Chaque clé une seule fois par objet.",
        "Corrigez l'objet et renvoyez-le.",
    ),
    "json_number": (
        Effect.SET_ASIDE,
        "La ligne contient un nombre qui n'en est pas un (NaN, Infinity), ou de taille démesurée.",
        "Des nombres finis, de 40 caractères au plus ; null pour une valeur absente.",
        "Corrigez l'objet et renvoyez-le.",
    ),
    "json_depth": (
        Effect.SET_ASIDE,
        "La ligne contient plus de {what} objets ou listes emboîtés.",
        "La structure décrite dans le contrat du flux.",
        "Corrigez l'objet et renvoyez-le.",
    ),
    "json_single": (
        Effect.SET_ASIDE,
        "La clé « {what} » contient une liste ou un objet, là où une seule valeur est prévue.",
        "Une seule valeur.",
        "Corrigez l'objet et renvoyez-le.",
    ),
    "json_inner": (
        Effect.SET_ASIDE,
        "La clé « {what} » contient une valeur ou une liste, là où un objet est prévu.",
        "Un objet, avec les clés décrites dans le contrat du flux.",
        "Corrigez l'objet et renvoyez-le.",
    ),
    "json_text": (
        Effect.SET_ASIDE,
        "La ligne contient un caractère qu'aucune base de données ne peut garder (caractère nul, ou moitié de caractère).",
        "Des textes en Unicode valide.",
        "Corrigez l'objet et renvoyez-le.",
    ),
    "other_sheets": (
        Effect.WARN,
        "Le classeur contient d'autres feuilles remplies ({what}) : elles ne sont pas lues.",
        "Un classeur avec la seule feuille convenue.",
        "Supprimez les autres feuilles, même masquées : elles peuvent contenir des données qui ne doivent pas être transmises.",
    ),
    "hidden_rows": (
        Effect.WARN,
        "Des lignes de la feuille sont masquées ({what}) : elles sont lues comme les autres.",
        "Une feuille dont toutes les lignes sont affichées.",
        "Affichez toutes les lignes (retirez le filtre), et supprimez celles qui ne doivent pas être transmises.",
    ),
}
"""By kind (:class:`passerelle.readers.rows.Oddity`): effect, message, expectation, remedy; ``{what}`` is what the reader saw."""
