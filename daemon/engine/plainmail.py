"""A mail of the daemon's own: plain text, made without a plug-in and without a template, so that little can break it.

The same note gives the same Message-ID, so that the ledger keeps it once however often it is queued. The module is
imported when there is something to tell: Babel and the email package are memory an idle daemon does without.
"""

from datetime import datetime

from daemon.addresses import ascii_address, domain_of
from daemon.engine.assigning import Setup
from daemon.engine.plain import Note
from daemon.engine.signing import shop_signed
from daemon.model import Person, StoredMail
from daemon.outbox.transports import FileOptions
from daemon.render.columns import cut, lay_out
from daemon.render.mime import Letter, header_text, letter_bytes, short_hash
from daemon.render.say import Voice, clean, plain_spaces, say

SUBJECT_COLUMNS = 70


def plain_mail(setup: Setup, to: Person, note: Note, now: datetime) -> StoredMail:
    """Return the final bytes of a note; raise NightclerkError for an address that can't be mailed."""
    sender = ascii_address(setup.sender() or FileOptions().sender)
    recipient = ascii_address(to.email)
    voice = voice_of(setup, to, now)
    subject = cut(header_text(say(note.subject, voice)), SUBJECT_COLUMNS)
    who = short_hash(setup.config.shop.key, to.email.lower(), note.key)
    message_id = f"<{note.kind}.{note.day.isoformat()}.{who}@{domain_of(sender)}>"
    letter = Letter(
        sender_name=setup.config.shop.name,
        sender=sender,
        to_name=to.name,
        to=recipient,
        reply_to=ascii_address(setup.reply_to() or sender),
        subject=subject,
        text=_body(note, voice),
        html="",
        date=now.astimezone(setup.shop_zone),
        language=voice.language,
        message_id=message_id,
        references=f"<alerts.{who}@{domain_of(sender)}>",
    )
    stored = StoredMail(message_id, sender, recipient, subject, letter_bytes(letter), note.day)
    return shop_signed(setup, [stored])[0]


def voice_of(setup: Setup, to: Person, now: datetime) -> Voice:
    """Return for whom the words are made."""
    shop = setup.config.shop
    language = to.language or shop.language
    return Voice(language, shop.country, shop.timezone, now.astimezone(setup.shop_zone).date())


def _body(note: Note, voice: Voice) -> str:
    head = plain_spaces(lay_out("\n".join(say(line, voice) for line in note.lines)))
    tail = "".join(f"    {clean(line)}\n" for line in note.tail)
    return f"{head.rstrip()}\n{tail}"
