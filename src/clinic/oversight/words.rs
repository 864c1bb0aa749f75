//! What staff write about the house in free words: sealed under the keys of who wrote it, for words may name somebody.

use crate::kernel::access::Openings;
use crate::kernel::error::{Fault, Faults, Result};
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Personal, Sealed};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const TEXT_CHARS: usize = 4000;
/// The basis on which they are opened.
const BASIS: &str = "oversight";

macro_rules! words {
    ($($name:ident = $table:literal;)+) => {$(
        #[derive(Serialize, Deserialize)]
        pub struct $name {
            pub text: String,
        }

        impl Personal for $name {
            const TABLE: &'static str = $table;
            const COLUMN: &'static str = "sealed";
            const CLASS: Class = Class::Staff;
        }

        impl From<$name> for String {
            fn from(words: $name) -> String {
                words.text
            }
        }
    )+};
}

words! {
    AlertNote = "opening_alert";
    FindingText = "audit_finding";
    StepText = "finding_step";
    BreachText = "breach";
    ActText = "breach_act";
}

/// A text that says something, or the fault at `pointer`.
pub fn said(pointer: &'static str, text: &str) -> Result<String> {
    let mut faults = Faults::default();
    let text = match text.trim() {
        "" => Err(Fault::Required),
        text => check_text(text, TEXT_CHARS),
    };
    let text = faults.check(pointer, text);
    faults.into_result()?;
    Ok(text.unwrap_or_default())
}

/// Opens what `author` wrote in a row.
pub async fn open<P>(
    openings: &Openings<'_>,
    author: Uuid,
    object: (&'static str, Uuid),
    row: Uuid,
    sealed: &Sealed,
) -> Result<String>
where
    P: Personal + Into<String>,
{
    let grant = openings.grant_on(BASIS, author, Class::Staff, object).await?;
    Ok(grant.open::<P>(row, sealed)?.into())
}
