"""The ledger's first tables."""

STATEMENTS = (
    """
    CREATE TABLE drafts (
        shop VARCHAR(48) NOT NULL,
        id INTEGER NOT NULL,
        routine VARCHAR(48) NOT NULL,
        "key" VARCHAR(200) NOT NULL,
        state VARCHAR(16) NOT NULL,
        draft TEXT NOT NULL,
        created VARCHAR(27) NOT NULL,
        not_before VARCHAR(27),
        expires VARCHAR(27),
        decided_by VARCHAR(80) NOT NULL,
        decided_at VARCHAR(27),
        PRIMARY KEY (shop, id),
        UNIQUE (shop, routine, "key")
    )
    """,
    "CREATE INDEX drafts_by_state ON drafts (shop, state)",
    """
    CREATE TABLE effects (
        shop VARCHAR(48) NOT NULL,
        "key" VARCHAR(200) NOT NULL,
        state VARCHAR(16) NOT NULL,
        what TEXT NOT NULL,
        run INTEGER NOT NULL,
        claimed VARCHAR(27) NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (shop, "key")
    )
    """,
    "CREATE INDEX effects_by_state ON effects (shop, state)",
    """
    CREATE TABLE facts (
        shop VARCHAR(48) NOT NULL,
        name VARCHAR(80) NOT NULL,
        day DATE NOT NULL,
        dimensions TEXT NOT NULL,
        value TEXT NOT NULL,
        unit VARCHAR(16) NOT NULL,
        as_of VARCHAR(27) NOT NULL,
        source TEXT NOT NULL,
        run INTEGER NOT NULL,
        PRIMARY KEY (shop, name, day, dimensions)
    )
    """,
    """
    CREATE TABLE findings (
        shop VARCHAR(48) NOT NULL,
        routine VARCHAR(48) NOT NULL,
        "key" VARCHAR(200) NOT NULL,
        since VARCHAR(27) NOT NULL,
        found VARCHAR(27) NOT NULL,
        run INTEGER NOT NULL,
        mornings INTEGER NOT NULL,
        gone VARCHAR(27),
        finding TEXT NOT NULL,
        PRIMARY KEY (shop, routine, "key", since)
    )
    """,
    "CREATE INDEX findings_open ON findings (shop, gone)",
    """
    CREATE TABLE journal (
        shop VARCHAR(48) NOT NULL,
        id INTEGER NOT NULL,
        at VARCHAR(27) NOT NULL,
        actor VARCHAR(80) NOT NULL,
        action VARCHAR(40) NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (shop, id)
    )
    """,
    "CREATE INDEX journal_by_time ON journal (shop, at)",
    """
    CREATE TABLE mails (
        shop VARCHAR(48) NOT NULL,
        id INTEGER NOT NULL,
        message_id VARCHAR(200) NOT NULL,
        routine VARCHAR(48) NOT NULL,
        run INTEGER NOT NULL,
        day DATE NOT NULL,
        sender TEXT NOT NULL,
        recipient TEXT NOT NULL,
        subject TEXT NOT NULL,
        content BLOB NOT NULL,
        state VARCHAR(16) NOT NULL,
        tries INTEGER NOT NULL,
        queued VARCHAR(27) NOT NULL,
        next_try VARCHAR(27),
        doubted BOOLEAN NOT NULL,
        sent VARCHAR(27),
        error TEXT NOT NULL,
        PRIMARY KEY (shop, id),
        UNIQUE (shop, message_id)
    )
    """,
    "CREATE INDEX mails_by_state ON mails (shop, state)",
    """
    CREATE TABLE marks (
        shop VARCHAR(48) NOT NULL,
        name VARCHAR(80) NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (shop, name)
    )
    """,
    """
    CREATE TABLE occurrences (
        shop VARCHAR(48) NOT NULL,
        routine VARCHAR(48) NOT NULL,
        slot VARCHAR(64) NOT NULL,
        due VARCHAR(27) NOT NULL,
        state VARCHAR(16) NOT NULL,
        reason TEXT NOT NULL,
        tries INTEGER NOT NULL,
        not_before VARCHAR(27),
        actor VARCHAR(80) NOT NULL,
        dry BOOLEAN NOT NULL,
        ended VARCHAR(27),
        PRIMARY KEY (shop, routine, slot)
    )
    """,
    "CREATE INDEX occurrences_by_due ON occurrences (shop, due)",
    "CREATE INDEX occurrences_by_state ON occurrences (shop, state)",
    """
    CREATE TABLE routines (
        shop VARCHAR(48) NOT NULL,
        routine VARCHAR(48) NOT NULL,
        signature TEXT NOT NULL,
        accounted VARCHAR(27) NOT NULL,
        paused_until VARCHAR(27),
        paused BOOLEAN NOT NULL,
        PRIMARY KEY (shop, routine)
    )
    """,
    """
    CREATE TABLE runs (
        shop VARCHAR(48) NOT NULL,
        id INTEGER NOT NULL,
        routine VARCHAR(48) NOT NULL,
        slot VARCHAR(64) NOT NULL,
        attempt INTEGER NOT NULL,
        state VARCHAR(16) NOT NULL,
        due VARCHAR(27) NOT NULL,
        started VARCHAR(27) NOT NULL,
        ended VARCHAR(27),
        dry BOOLEAN NOT NULL,
        reason TEXT NOT NULL,
        summary TEXT NOT NULL,
        output TEXT NOT NULL,
        pid INTEGER NOT NULL,
        boot VARCHAR(64) NOT NULL,
        max_rss_kb INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        checked TEXT NOT NULL,
        PRIMARY KEY (shop, id),
        UNIQUE (shop, routine, slot, attempt)
    )
    """,
    "CREATE INDEX runs_by_routine ON runs (shop, routine, id)",
    "CREATE INDEX runs_by_start ON runs (shop, started)",
    "CREATE INDEX runs_by_state ON runs (shop, state)",
    """
    CREATE TABLE versions (
        version INTEGER NOT NULL,
        applied VARCHAR(27) NOT NULL,
        program VARCHAR(32) NOT NULL,
        PRIMARY KEY (version)
    )
    """,
    """
    CREATE TABLE watermarks (
        shop VARCHAR(48) NOT NULL,
        routine VARCHAR(48) NOT NULL,
        name VARCHAR(80) NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (shop, routine, name)
    )
    """,
    """
    CREATE TABLE work_items (
        shop VARCHAR(48) NOT NULL,
        kind VARCHAR(32) NOT NULL,
        id VARCHAR(120) NOT NULL,
        state VARCHAR(32) NOT NULL,
        owner VARCHAR(48) NOT NULL,
        lease_until VARCHAR(27),
        changed VARCHAR(27) NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (shop, kind, id)
    )
    """,
    "CREATE INDEX work_items_by_state ON work_items (shop, kind, state)",
)
