//! The kernel's own lines of the manifest: what each column of its tables holds. A test compares the whole manifest
//! with the schema of both stores, column by column.

use super::vault::{Class, Column, Holds};
use Holds::{Digest, Office, Plain, Register, Sealed, Subject};

/// Tables of the record.
pub fn record() -> Vec<Column> {
    [
        Column::of(
            "audit_line",
            &[
                ("id", Plain),
                ("at", Plain),
                ("who", Office),
                ("operation", Plain),
                ("request", Plain),
                ("action", Plain),
                ("object_kind", Plain),
                ("object_id", Plain),
                ("about", Digest),
                ("class", Plain),
                ("basis", Plain),
                ("chained", Plain),
            ],
        ),
        Column::of("audit_chain", &[("seq", Plain), ("line_id", Plain), ("link", Plain)]),
        Column::of(
            "task",
            &[
                ("id", Plain),
                ("kind", Plain),
                ("payload", Plain),
                ("run_at", Plain),
                ("state", Plain),
                ("dedup", Plain),
                ("attempt", Plain),
                ("attempts_max", Plain),
                ("taken_by", Plain),
                ("fault", Plain),
                ("created_at", Plain),
            ],
        ),
        Column::of("duty", &[("name", Plain), ("slot", Plain)]),
        Column::of("lease", &[("duty", Plain), ("holder", Plain), ("until", Plain)]),
        Column::of(
            "once",
            &[("subject", Subject), ("key", Digest), ("body", Digest), ("answer", Sealed(Class::Security)), ("at", Plain)],
        ),
        Column::of("invalidation", &[("id", Plain), ("topic", Plain), ("key", Subject), ("at", Plain)]),
        Column::of(
            "reason",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("party", Office),
                ("class", Plain),
                ("basis", Plain),
                ("object", Plain),
                ("valid_from", Plain),
                ("valid_until", Plain),
            ],
        ),
        Column::of(
            "access_freeze",
            &[("id", Plain), ("subject", Subject), ("scope", Plain), ("origin", Plain), ("set_at", Plain), ("lifted_at", Plain)],
        ),
        Column::of("subject_alias", &[("subject", Subject), ("survivor", Subject)]),
        Column::of(
            "disagreement",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("field", Plain),
                ("document", Plain),
                ("request", Plain),
                ("at", Plain),
                ("of_identity", Sealed(Class::Identity)),
                ("of_record", Sealed(Class::Clinical)),
            ],
        ),
        Column::of(
            "data_block",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("class", Plain),
                ("document", Plain),
                ("request", Plain),
                ("set_at", Plain),
                ("set_by", Office),
                ("lifted_at", Plain),
                ("lifted_by", Office),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of("meta", &[("name", Plain), ("value", Plain)]),
    ]
    .concat()
}

/// Tables of the register.
pub fn register() -> Vec<Column> {
    [
        Column::of("subject", &[("id", Subject), ("created_at", Plain), ("settled", Plain)]),
        Column::of("subject_key", &[("subject", Subject), ("class", Plain), ("wrapped", Register), ("epoch", Plain)]),
        Column::of(
            "directory",
            &[
                ("id", Plain),
                ("kind", Plain),
                ("blind", Register),
                ("epoch", Plain),
                ("subject", Subject),
                ("sealed", Sealed(Class::Contact)),
                ("at", Plain),
            ],
        ),
        Column::of("tombstone", &[("subject", Subject), ("generation", Plain), ("at", Plain)]),
        Column::of("epoch", &[("id", Plain), ("at", Plain), ("secret", Register), ("destroyed_at", Plain)]),
        Column::of("generation", &[("one", Plain), ("n", Plain)]),
        Column::of("counter", &[("kind", Plain), ("blind", Register), ("slot", Plain), ("n", Plain), ("at", Plain)]),
    ]
    .concat()
}
