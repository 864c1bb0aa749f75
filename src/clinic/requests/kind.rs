//! What can be asked, by which way it came, how it stands.

use serde::{Deserialize, Serialize};

/// An enumeration of the contract that is stored by its word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize, Deserialize)]
        #[oai(rename_all = "camelCase")]
        #[serde(rename_all = "camelCase")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }
        impl $name {
            const ALL: &'static [$name] = &[$($name::$variant,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }
    };
}

words! {
    /// What a person asks.
    RequestKind {
        /// What is known of him, what for, who gets it, for how long.
        Information = "information",
        /// To see or have his data.
        Access = "access",
        /// It was wrong from the beginning.
        Correction = "correction",
        /// It was true, and is so no more.
        Update = "update",
        /// Something is missing.
        Addition = "addition",
        /// To be kept and not used.
        Blocking = "blocking",
        Deletion = "deletion",
        /// For good, with a certificate.
        Destruction = "destruction",
        /// Against a use of his data.
        Objection = "objection",
        Complaint = "complaint",
    }
}

impl RequestKind {
    /// Whether it names what is wrong with the data.
    pub const fn needs_ground(self) -> bool {
        matches!(self, RequestKind::Correction | RequestKind::Blocking | RequestKind::Destruction)
    }

    /// Whether it says something by its kind alone.
    pub const fn needs_words(self) -> bool {
        !matches!(self, RequestKind::Information | RequestKind::Access)
    }
}

words! {
    /// By which way it came.
    RequestChannel {
        /// From himself, signed in.
        App = "app",
        Phone = "phone",
        /// A letter or an e-mail.
        Mail = "mail",
        /// He stood there.
        Desk = "desk",
    }
}

words! {
    RequestState {
        Received = "received",
        /// An officer has taken it.
        InWork = "inWork",
        /// Its term was extended once, with reasons.
        Extended = "extended",
        Answered = "answered",
        Refused = "refused",
        /// By the person, or by the end of his account.
        Withdrawn = "withdrawn",
    }
}

/// What is wrong with the data. Sealed with the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum RequestGround {
    Incomplete,
    Outdated,
    Wrong,
    /// It was never allowed to be had.
    Unlawful,
    /// It is not needed for what it was taken for.
    OffPurpose,
}

words! {
    /// What was done about a request.
    RequestAct {
        Taken = "taken",
        Extended = "extended",
        Answered = "answered",
        Refused = "refused",
        Withdrawn = "withdrawn",
    }
}
