//! What is sealed, and under which class: a conversation with a doctor is clinical, one with an operator is not.

use crate::kernel::access::Grant;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::{Class, Personal, Sealed, SubjectKeys};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// With whom a patient writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Doctor,
    Operator,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Doctor => "doctor",
            Kind::Operator => "operator",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let known = [Kind::Doctor, Kind::Operator].into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| Error::internal("a conversation of an unknown kind"))
    }

    /// The class of everything that is written in it.
    pub const fn class(self) -> Class {
        match self {
            Kind::Doctor => Class::Clinical,
            Kind::Operator => Class::Support,
        }
    }
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub text: Option<String>,
    /// Complete documents of the patient.
    pub documents: Vec<Uuid>,
}

/// A value of one kind of conversation in its table, in the column of its class.
macro_rules! sealed_as {
    ($name:ident of $inner:ty, $table:literal, $column:literal, $class:ident) => {
        #[derive(Serialize, Deserialize)]
        #[serde(transparent)]
        struct $name($inner);

        impl Personal for $name {
            const TABLE: &'static str = $table;
            const COLUMN: &'static str = $column;
            const CLASS: Class = Class::$class;
        }
    };
}

sealed_as!(ClinicalTopic of String, "conversation", "clinical", Clinical);
sealed_as!(SupportTopic of String, "conversation", "support", Support);
sealed_as!(ClinicalBody of Body, "message", "clinical", Clinical);
sealed_as!(SupportBody of Body, "message", "support", Support);

/// The two columns of a row: that of the kind's class may hold something, the other never does.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub clinical: Option<Sealed>,
    pub support: Option<Sealed>,
}

impl Columns {
    fn of(kind: Kind, sealed: Sealed) -> Self {
        match kind {
            Kind::Doctor => Self { clinical: Some(sealed), support: None },
            Kind::Operator => Self { clinical: None, support: Some(sealed) },
        }
    }
}

pub fn seal_topic(keys: &SubjectKeys, kind: Kind, row: Uuid, topic: Option<&str>) -> Result<Columns> {
    let Some(topic) = topic.map(str::to_owned) else { return Ok(Columns::default()) };
    let sealed = match kind {
        Kind::Doctor => keys.seal(row, &ClinicalTopic(topic)),
        Kind::Operator => keys.seal(row, &SupportTopic(topic)),
    };
    Ok(Columns::of(kind, sealed?))
}

pub fn seal_body(keys: &SubjectKeys, kind: Kind, row: Uuid, body: &Body) -> Result<Columns> {
    let sealed = match kind {
        Kind::Doctor => keys.seal(row, &ClinicalBody(body.clone())),
        Kind::Operator => keys.seal(row, &SupportBody(body.clone())),
    };
    Ok(Columns::of(kind, sealed?))
}

pub fn open_topic(grant: &Grant, row: Uuid, columns: &Columns) -> Result<Option<String>> {
    match (&columns.clinical, &columns.support) {
        (Some(sealed), _) => Ok(Some(grant.open::<ClinicalTopic>(row, sealed)?.0)),
        (None, Some(sealed)) => Ok(Some(grant.open::<SupportTopic>(row, sealed)?.0)),
        (None, None) => Ok(None),
    }
}

pub fn open_body(grant: &Grant, row: Uuid, columns: &Columns) -> Result<Body> {
    match (&columns.clinical, &columns.support) {
        (Some(sealed), _) => Ok(grant.open::<ClinicalBody>(row, sealed)?.0),
        (None, Some(sealed)) => Ok(grant.open::<SupportBody>(row, sealed)?.0),
        (None, None) => Err(Error::internal("a message without content")),
    }
}
