"""The only door to Jinja2: a `Mail` becomes the bytes that will leave.

A template is a folder of three files, `subject.txt.j2`, `body.txt.j2` and `body.html.j2`. The owner's folder is
looked at first; what fails there is replaced by the built-in template with a warning on top, so that a slip in a
template costs its looks and not the morning's mail. Templates run in Jinja's sandbox and see only values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import (
    ChoiceLoader,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    Undefined,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from daemon import paths
from daemon.addresses import ascii_address, domain_of
from daemon.errors import NightclerkError
from daemon.model import TEST_EDITION, Mail, Shop, StoredMail, Text
from daemon.render.columns import columns, cut, lay_out
from daemon.render.mime import Letter, header_text, letter_bytes, short_hash
from daemon.render.say import STYLES, Voice, babel_locale, clean, plain_spaces, say, show, styled

SUBJECT_COLUMNS = 70
_CALLED = {"briefing": Text("Briefing"), "handover": Text("Hand-over"), "notice": Text("Notice")}
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_INDENT = re.compile(r"\n\s*")


@dataclass(frozen=True)
class House:
    """What every mail of one run shares: shop, sender's address, the run's moment (UTC), routine, where templates are.

    `folders` are the owner's, first one first; the built-in folder always comes last. Replies go to `reply_to`,
    or to the sender where it is empty. `cache` is a folder for compiled templates, which spares a run 0.2 seconds.
    """

    shop: Shop
    sender: str
    moment: datetime
    run_id: int = 0
    version: str = ""
    folders: tuple[Path, ...] = ()
    reply_to: str = ""
    cache: Path | None = None
    routine: str = ""


@dataclass(frozen=True)
class Page:
    """One mail rendered, before it is put into an envelope."""

    subject: str
    text: str
    html: str


def compose(mail: Mail, house: House) -> StoredMail:
    """Return the final bytes of a mail; the same mail and house give the same bytes.

    Raises NightclerkError for an address that can't be mailed or a template that nobody has.
    """
    sender, recipient = ascii_address(house.sender), ascii_address(mail.to.email)
    page = render(mail, house)
    message_id = _message_id(mail, house, sender, mail.edition)
    first = _message_id(mail, house, sender, 1)
    correction = mail.edition > 1
    letter = Letter(
        sender_name=f"{house.shop.name} · {_called(mail, house)}",
        sender=sender,
        to_name=mail.to.name,
        to=recipient,
        reply_to=ascii_address(house.reply_to) if house.reply_to else sender,
        subject=page.subject,
        text=page.text,
        html=page.html,
        date=house.moment.astimezone(ZoneInfo(house.shop.timezone)),
        language=_voice(mail, house).language,
        message_id=message_id,
        references=f"<day.{first[1:]} {first}" if correction else f"<day.{message_id[1:]}",
        in_reply_to=first if correction else "",
        list_id=f"<{mail.document.template}.{house.shop.key}.{domain_of(sender)}>",
        attachments=mail.attachments,
    )
    return StoredMail(message_id, sender, recipient, page.subject, letter_bytes(letter), mail.day)


def _called(mail: Mail, house: House) -> str:
    """Return what the sender's name says of the mail; a template of the owner's own by its name."""
    known = _CALLED.get(mail.document.template)
    return say(known, _voice(mail, house)) if known else mail.document.template.capitalize()


def _message_id(mail: Mail, house: House, sender: str, edition: int) -> str:
    """Return the identifier: template, day, recipient, routine and edition (of a test, its run).

    `values.key` tells several of one routine and day apart: the ledger keeps one mail of each identifier.
    """
    document = mail.document
    who = short_hash(house.shop.key, mail.to.email.lower(), house.routine, str(document.values.get("key", "")))
    tail = f".e{edition}" if edition > 1 else f".t{house.run_id}" if edition == TEST_EDITION else ""
    return f"<{document.template}.{mail.day.isoformat()}.{who}{tail}@{domain_of(sender)}>"


def render(mail: Mail, house: House) -> Page:
    """Return the subject and both parts of a mail, from the owner's templates or, where those fail, the built-in."""
    if not _NAME.fullmatch(mail.document.template):
        raise NightclerkError(f"{mail.document.template!r} is no name of a template: letters, digits and dashes only")
    try:
        return _page(mail, house, house.folders, None)
    except Exception as error:  # boundary to the owner's templates: shown as a warning on top of the mail
        if not house.folders:
            raise _told(mail, error) from error
        try:
            return _page(mail, house, (), _warning(error))
        except Exception as again:  # the built-in template failed too: the run fails and says it
            raise _told(mail, again) from again


def _told(mail: Mail, error: Exception) -> Exception:
    if isinstance(error, TemplateNotFound):
        return NightclerkError(f"there is no template {mail.document.template} ({error}): put one into `templates:`")
    return error


def _warning(error: Exception) -> Text:
    place = f"{getattr(error, 'name', None) or 'body'}" if isinstance(error, TemplateError) else "body"
    line = getattr(error, "lineno", None)
    where = f"{place}, line {line}" if line else place
    return Text(
        "Your own template could not be used, so this is the built-in one ({where}: {why}).",
        {"where": where, "why": cut(clean(str(error)), 200)},
    )


def _page(mail: Mail, house: House, folders: tuple[Path, ...], warning: Text | None) -> Page:
    voice = _voice(mail, house)
    environment = _environment(voice, (*folders, paths.templates()), house.cache)
    frame = _frame(mail, house, voice, warning)
    values = {str(k): _cleaned(v) for k, v in mail.document.values.items()}

    def part(file: str) -> str:
        return environment.get_template(f"{mail.document.template}/{file}.j2").render({**values, "mail": frame})

    frame["subject"] = _subject(part("subject.txt"), mail, voice)
    if folders and not frame["subject"]:
        raise NightclerkError(f"{mail.document.template}/subject.txt.j2 gives no subject")
    html = _INDENT.sub("\n", part("body.html")).strip() + "\n"
    return Page(str(frame["subject"]), plain_spaces(lay_out(part("body.txt"))), html)


def _subject(rendered: str, mail: Mail, voice: Voice) -> str:
    """Return the parts of a subject (one per line, most important first) that fit, the last one before the middle."""
    parts = [header_text(line) for line in rendered.splitlines() if header_text(line)]
    kind = _kind(mail.edition)
    if kind is not None:
        parts[:1] = [say(kind, voice) + ": " + part for part in parts[:1]]
    while len(parts) > 1 and columns(" · ".join(parts)) > SUBJECT_COLUMNS:
        del parts[-2 if len(parts) > 2 else -1]  # noqa: PLR2004 - verdict and day stay longest
    return cut(" · ".join(parts), SUBJECT_COLUMNS)


def _kind(edition: int) -> Text | None:
    """Return what sets a mail apart from the day's own, None for that one."""
    if edition == TEST_EDITION:
        return Text("Test")
    return Text("Correction") if edition > 1 else None


def _notice(edition: int) -> Text | None:
    """Return what stands on top of a mail that is not the day's own."""
    if edition == TEST_EDITION:
        return Text("This is a test that somebody asked for; the real mail comes at its own time.")
    if edition > 1:
        return Text("This mail replaces the one that was sent earlier today.")
    return None


def _voice(mail: Mail, house: House) -> Voice:
    shop = house.shop
    today = house.moment.astimezone(ZoneInfo(shop.timezone)).date()
    return Voice(mail.to.language or shop.language or "en", shop.country, shop.timezone, today)


def _frame(mail: Mail, house: House, voice: Voice, warning: Text | None) -> dict[str, object]:
    """Return what a template sees of the mail itself, as `mail`."""
    return {
        "subject": "",
        "day": mail.day,
        "edition": mail.edition,
        "moment": house.moment,
        "shop": clean(house.shop.name),
        "timezone": house.shop.timezone,
        "to_name": clean(mail.to.name),
        "to": clean(mail.to.email),
        "reply_to": clean(house.reply_to or house.sender),
        "run_id": str(house.run_id),
        "version": clean(house.version),
        "language": voice.language,
        "direction": babel_locale(voice).text_direction,
        "warning": warning,
        "notice": _notice(mail.edition),
    }


def _cleaned(value: object) -> object:
    """Return a value with every outside text on one line and without controls; what `say` handles stays as it is."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value


@lru_cache(maxsize=4)
def _environment(voice: Voice, folders: tuple[Path, ...], cache: Path | None) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        finalize=partial(_shown, voice=voice),
        trim_blocks=True,
        bytecode_cache=FileSystemBytecodeCache(str(cache)) if cache else None,
        lstrip_blocks=True,
    )
    environment.filters.update({name: partial(styled, style=name, voice=voice) for name in STYLES})
    environment.filters["since"] = lambda moment: say(Text("since {moment}", {"moment": moment}), voice)
    environment.filters["ago"] = lambda moment, now: show(now - moment if moment else None, voice)
    environment.filters["cut"] = lambda value, limit: cut(str(_shown(value, voice)), limit)
    environment.filters["columns"] = lambda value: columns(str(_shown(value, voice)))
    environment.filters["say"] = partial(_shown, voice=voice)
    environment.globals["_"] = lambda sentence, **values: say(Text(sentence, values), voice)
    environment.globals["ngettext"] = lambda one, many, n, **values: say(
        Text(one, {**values, "n": n}, plural=many), voice
    )
    return environment


def _shown(value: object, voice: Voice) -> object:
    """Return what a template prints: text and markup as they are, an undefined name to raise, all else in words."""
    return value if isinstance(value, str | Undefined) else show(value, voice)
