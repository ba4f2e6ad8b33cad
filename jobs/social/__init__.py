"""The job `social`: plans prepared posts into their slots and, once approved, publishes each exactly once.

What was planned is remembered by its draft: a post whose draft waits, is approved, was applied or was rejected is not
planned again; one whose draft expired before anybody approved it takes the next free slot.
"""

from collections.abc import Sequence

from daemon.api import Context, Draft, DraftState, Job, Need, NewDraft, Text
from jobs.kinds.social import SOCIAL, Post
from jobs.social.desk import (
    TAKEN,
    Desk,
    as_post,
    fits,
    report_empty,
    report_missed,
    report_repeated,
    report_unusable,
    shown,
)
from jobs.social.options import SocialOptions
from jobs.social.plan import Plan, Planned, digest, plan, slots, wording
from jobs.social.queue import Prepared, read_queue


def _run(ctx: Context, options: SocialOptions) -> Text:
    mine = [draft for draft in ctx.night.drafts(tuple(DraftState)) if draft.routine == ctx.routine]
    desk = Desk(ctx, options, ctx.connection(SOCIAL), mine)
    prepared, unusable = read_queue(options.posts, options.queue)
    for one in unusable:
        report_unusable(desk, one)
    queue = [one for one in _fresh(desk, prepared) if fits(desk, one)]
    made = _plan(desk, queue)
    for late in made.missed:
        report_missed(desk, late)
    soon = [one for one in made.planned if one.at <= ctx.now + options.ahead]
    for planned in soon:
        ctx.draft(_draft(desk, planned))
    report_empty(desk, made)
    return Text("{n} post planned", {"n": len(soon)}, "{n} posts planned")


def _plan(desk: Desk, queue: Sequence[Prepared]) -> Plan:
    ctx = desk.ctx
    horizon = ctx.now + max(desk.options.notice, desk.options.ahead)
    rules = [slot.rule() for slot in desk.options.slots]
    free = slots(rules, ctx.today, horizon.astimezone(ctx.zone).date(), ctx.zone)
    taken = {d.draft.not_before for d in desk.drafts if d.state in TAKEN and d.draft.not_before is not None}
    return plan(queue, [at for at in free if at <= horizon], taken, ctx.now, ctx.zone)


def _fresh(desk: Desk, prepared: Sequence[Prepared]) -> list[Prepared]:
    """Return the posts that were never planned and say nothing twice; report the repetitions."""
    done = {str(d.draft.payload.get("digest")) for d in desk.drafts if d.state is not DraftState.EXPIRED}
    taken = [d.draft.payload for d in desk.drafts if d.state in TAKEN]
    said = {wording(str(payload.get("text"))): str(payload.get("source")) for payload in taken}
    in_queue: dict[str, str] = {}
    fresh = []
    for one in prepared:
        words = wording(one.post.text)
        if words in in_queue:
            report_repeated(desk, one, in_queue[words])
        elif digest(one.post) not in done:
            if words in said:
                report_repeated(desk, one, said[words])
            else:
                fresh.append(one)
        in_queue.setdefault(words, one.source)
    return fresh


def _draft(desk: Desk, planned: Planned) -> NewDraft:
    ctx, post = desk.ctx, planned.prepared.post
    identity = digest(post)
    payload = {"digest": identity, "source": planned.prepared.source, "text": post.text.strip(),
               "link": post.link, "image": post.image, "alt": post.alt}  # fmt: skip
    return NewDraft(
        f"{ctx.routine}/{planned.at:%Y-%m-%dT%H:%MZ}/{identity}",
        Text("Post for {at}: {text}", {"at": planned.at, "text": shown(post.text)}),
        _preview(desk, planned),
        payload,
        not_before=planned.at,
        expires=planned.at + desk.options.max_late,
    )


def _preview(desk: Desk, planned: Planned) -> str:
    """Return what a person reads before approving: when, how long, and the post itself, safe for a terminal."""
    post = planned.prepared.post
    local = planned.at.astimezone(desk.ctx.zone)
    length, limit = desk.network.length(as_post("", post)), desk.network.limits().characters
    named = [
        f"{name}: {value}" for name, value in (("Link", post.link), ("Image", post.image), ("Alt", post.alt)) if value
    ]
    lines = [f"{local:%a %Y-%m-%d %H:%M}, {length} of {limit} characters", "", *post.text.strip().split("\n"), *named]
    return "\n".join("".join(c for c in line if c.isprintable()) for line in lines)


def _apply(ctx: Context, _options: SocialOptions, draft: Draft) -> Text:
    payload = {name: str(value) for name, value in draft.draft.payload.items()}
    key = f"social/{ctx.routine}/{payload['digest']}"
    post = Post(key, payload["text"], payload["link"], payload["image"], payload["alt"])
    network = ctx.connection(SOCIAL)
    find = (lambda: network.find(post)) if network.limits().traceable else None
    where = ctx.effect(key, f"the post {shown(post.text)}", lambda: network.publish(post), find)
    return Text("Published: {where}", {"where": where})


SOCIAL_JOB = Job(
    "social",
    "Plans prepared posts into their slots and publishes what was approved",
    SocialOptions,
    _run,
    needs=(Need(SOCIAL),),
    apply=_apply,
)
