"""Variants of what is written in words: the language customers write in, and how addresses and numbers are put down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from evals.robustness.variant import Changed, Copy, variant

Language = Literal["de", "es", "fr"]
LANGUAGES: tuple[Language, ...] = ("de", "es", "fr")
SAID: Mapping[str, tuple[str, str, str]] = {
    "I did not make this withdrawal! Somebody is in my account, please stop it.": (
        "Diese Auszahlung ist nicht von mir! Jemand ist in meinem Konto, bitte stoppen Sie das.",
        "¡No he sido yo quien hizo este retiro! Alguien está en mi cuenta, por favor deténganlo.",
        "Ce retrait est non autorisé ! Quelqu'un est dans mon compte, arrêtez-le s'il vous plaît.",
    ),
    "I got a mail that my e-mail address was changed. That was not me!": (
        "Ich bekam eine Nachricht, dass meine E-Mail-Adresse geändert wurde. Das war nicht ich!",
        "Recibí un aviso de que mi correo fue cambiado. ¡No fui yo!",
        "J'ai reçu un message disant que mon adresse a été changée. Ce n'était pas moi !",
    ),
    "I am travelling for two weeks and will log in from abroad.": (
        "Ich bin zwei Wochen auf Reisen und melde mich aus dem Ausland an.",
        "Estoy de viaje dos semanas y entraré desde el extranjero.",
        "Je suis en voyage pendant deux semaines et me connecterai depuis l'étranger.",
    ),
    "My phone was stolen on the trip, I had to reset everything on a new one.": (
        "Mein Handy wurde auf der Reise gestohlen, ich musste auf einem neuen alles zurücksetzen.",
        "Me robaron el teléfono en el viaje, tuve que restablecer todo en uno nuevo.",
        "On m'a volé mon téléphone en voyage, j'ai dû tout réinitialiser sur un nouveau.",
    ),
    "I will be travelling abroad next week, please do not lock my account.": (
        "Ich bin nächste Woche auf Reisen im Ausland, bitte sperren Sie mein Konto nicht.",
        "La próxima semana estaré de viaje en el extranjero, por favor no bloqueen mi cuenta.",
        "Je serai en voyage à l'étranger la semaine prochaine, ne bloquez pas mon compte s'il vous plaît.",
    ),
    "My passport writes my name in another transliteration than I do, is that a problem?": (
        "Mein Pass schreibt meinen Namen in einer anderen Umschrift als ich, ist das ein Problem?",
        "Mi pasaporte escribe mi nombre con otra transliteración que yo, ¿es un problema?",
        "Mon passeport écrit mon nom dans une autre translittération que moi, est-ce un problème ?",
    ),
    "The three payments are for my old car, the buyer pays in instalments.": (
        "Die drei Zahlungen sind für mein altes Auto, der Käufer zahlt in Raten.",
        "Los tres pagos son por mi coche viejo, el comprador paga a plazos.",
        "Les trois paiements sont pour ma vieille voiture, l'acheteur paie en plusieurs fois.",
    ),
    "I have not been here for long. Now that prices moved I am back.": (
        "Ich war lange nicht hier. Jetzt, da sich die Preise bewegen, bin ich zurück.",
        "Hace mucho que no entraba. Ahora que los precios se mueven he vuelto.",
        "Je n'étais pas venu depuis longtemps. Les prix bougent, me revoilà.",
    ),
    "How long does a bank deposit usually take?": (
        "Wie lange dauert eine Banküberweisung gewöhnlich?",
        "¿Cuánto suele tardar un depósito bancario?",
        "Combien de temps prend d'habitude un virement ?",
    ),
    "Which networks do you support for withdrawals?": (
        "Welche Netze unterstützen Sie für Auszahlungen?",
        "¿Qué redes admiten para los retiros?",
        "Quels réseaux acceptez-vous pour les retraits ?",
    ),
    "Thank you, the issue is solved.": (
        "Danke, das Problem ist gelöst.",
        "Gracias, el problema está resuelto.",
        "Merci, le problème est résolu.",
    ),
}
"""What customers of the simulation write, in German, Spanish and French; anything else stays in English."""


@variant("same")
def german(copy: Copy) -> Changed:
    """Customers write to support in German."""
    return _spoken(copy, "de")


@variant("same")
def spanish(copy: Copy) -> Changed:
    """Customers write to support in Spanish."""
    return _spoken(copy, "es")


@variant("same")
def french(copy: Copy) -> Changed:
    """Customers write to support in French."""
    return _spoken(copy, "fr")


@variant("same")
def formats(copy: Copy) -> Changed:
    """Addresses, telephone numbers, document numbers and capitals are written as another country writes them."""
    address = r"'  ' || upper(regexp_replace(t.residence_address, '(\d+), flat (\d+)', '\1/\2')) || ' '"
    phone = r"regexp_replace(t.phone, '^\+(\d+) (\d{4})(\d+)$', '00\1 (0)\2-\3')"
    copy.rewrite("customers", {"residence_address": address, "phone": phone})
    number = r"regexp_replace(t.document_number, '^(.{3})(.{3})(.*)$', '\1 \2-\3')"
    copy.rewrite("kyc_submissions", {"document_number": number})
    return copy.cases


def _spoken(copy: Copy, language: Language) -> Changed:
    """None for cases whose customer wrote nothing that is translated here."""
    place = LANGUAGES.index(language)
    copy.connection.execute("CREATE TEMP TABLE said (english VARCHAR, other VARCHAR)")
    copy.connection.executemany("INSERT INTO said VALUES ($1, $2)", [(key, text[place]) for key, text in SAID.items()])
    rows = copy.connection.execute(
        "SELECT DISTINCT customer_id FROM support_messages WHERE body IN (SELECT english FROM said)"
    ).fetchall()
    wrote = {customer for (customer,) in rows}
    other = "LEFT JOIN said ON said.english = t.body"
    copy.rewrite("support_messages", {"body": "coalesce(said.other, t.body)"}, other)
    return [case if case.customer_id in wrote else None for case in copy.cases]
