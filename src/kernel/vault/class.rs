//! The data class: one concept that decides how a value is sealed, on what basis it is used, how long it is kept and
//! what erasure does.

use std::fmt;

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident = $text:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Class { $($(#[$doc])* $class,)* }
        impl Class {
            pub const ALL: &'static [Class] = &[$(Class::$class,)*];
            pub const fn as_str(self) -> &'static str { match self { $(Class::$class => $text,)* } }
            pub fn parse(text: &str) -> Option<Self> { Self::ALL.iter().copied().find(|class| class.as_str() == text) }
        }
    };
}

classes! {
    /// Names, birth date, sex, national numbers, policies.
    Identity = "identity";
    /// Phones, e-mails, devices, push tokens, sessions.
    Contact = "contact";
    /// Complaints, documents, messages with doctors, conclusions, and the identity that a medical record must carry.
    Clinical = "clinical";
    /// Charges, payments, receipts, the payer as the law wants him named.
    Billing = "billing";
    /// Consents, acceptances, requests, certificates: outlives the account.
    Evidence = "evidence";
    /// Tickets, screenshots, reviews, leads.
    Support = "support";
    /// Device samples, crashes.
    Telemetry = "telemetry";
    /// Calls.
    Recording = "recording";
    /// Sign-ins, addresses, stored answers: short-lived.
    Security = "security";
    /// People who work here.
    Staff = "staff";
    /// The key that marks a subject in the trail. Holds no data: erasing it unlinks the lines.
    Audit = "audit";
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a column holds. Each column of both stores is listed in the manifest of its room with one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Nothing about a person: times, states, amounts, ids of things.
    Plain,
    /// The pseudonym of a person. Replaced by a random one at erasure, except in held rows.
    Subject,
    /// A sealed value of this class.
    Sealed(Class),
    /// A keyed digest that only a key in the register can recompute.
    Digest,
    /// Keys and indexes of the register.
    Register,
    /// A person who works here, by the id of his staff account; or text about an institution.
    Office,
}

/// A line of the manifest.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub table: &'static str,
    pub name: &'static str,
    pub holds: Holds,
}

impl Column {
    /// The lines of one table.
    pub fn of(table: &'static str, columns: &[(&'static str, Holds)]) -> Vec<Column> {
        columns.iter().map(|(name, holds)| Column { table, name, holds: *holds }).collect()
    }
}
