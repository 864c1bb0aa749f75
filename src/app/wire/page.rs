//! Lists by pages: `?limit=` and an opaque `cursor`, with `nextCursor` absent at the end.

use super::values::{BadForm, text_type};
use crate::kernel::error::{Error, Fault};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The most that one page holds.
pub const MAX_LIMIT: u32 = 100;
const DEFAULT_LIMIT: u32 = 20;
const MAX_CURSOR_CHARS: usize = 512;

/// How many items the caller wants, 1 to 100. Taken as `Query<Option<Limit>>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// What was asked for, or 20.
    pub fn or_default(asked: Option<Limit>) -> u64 {
        u64::from(asked.map_or(DEFAULT_LIMIT, |limit| limit.0))
    }
}

impl Type for Limit {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "integer_limit".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            minimum: Some(1.0),
            maximum: Some(f64::from(MAX_LIMIT)),
            default: Some(DEFAULT_LIMIT.into()),
            ..MetaSchema::new_with_format("integer", "int32")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for Limit {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        match text.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => Ok(Limit(limit)),
            _ => Err(ParseError::custom(BadForm)),
        }
    }
}

/// Where the next page begins. Opaque to clients: they send back what they were given, and hold it for no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Wraps the place after the last item, usually its sort key and id.
    pub fn after(place: &impl Serialize) -> Result<Cursor, Error> {
        let json = serde_json::to_vec(place).map_err(|_| Error::internal("a cursor can't be written"))?;
        Ok(Cursor(URL_SAFE_NO_PAD.encode(json)))
    }

    /// The place that `after` wrapped.
    ///
    /// # Errors
    /// `invalid` at `?cursor`, when the cursor is not ours or belongs to another list.
    pub fn place<P: DeserializeOwned>(&self) -> Result<P, Error> {
        let json = URL_SAFE_NO_PAD.decode(&self.0).ok();
        json.and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(|| Error::field("?cursor", Fault::BadFormat))
    }
}

impl FromStr for Cursor {
    type Err = BadForm;

    fn from_str(text: &str) -> Result<Self, BadForm> {
        let ours = text.len() <= MAX_CURSOR_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if ours { Ok(Cursor(text.to_owned())) } else { Err(BadForm) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which page of a list is wanted: where it begins, and how many items it holds. A list that belongs to somebody has
/// cursors that are his alone: that of somebody else is none.
#[derive(Debug, Clone, Copy)]
pub struct Paging<P> {
    owner: Option<Uuid>,
    /// The place of the last item of the page before. None: the beginning.
    pub place: Option<P>,
    limit: u64,
}

impl<P: Serialize + DeserializeOwned> Paging<P> {
    /// A page of a list that is the same for everybody.
    ///
    /// # Errors
    /// `invalid` at `?cursor`.
    pub fn of_all(limit: Option<Limit>, cursor: Option<Cursor>) -> Result<Self, Error> {
        Self::new(None, limit, cursor)
    }

    /// A page of what belongs to `owner`: a person, or an object that holds the list.
    ///
    /// # Errors
    /// `invalid` at `?cursor`, also for a cursor of another owner.
    pub fn of(owner: Uuid, limit: Option<Limit>, cursor: Option<Cursor>) -> Result<Self, Error> {
        Self::new(Some(owner), limit, cursor)
    }

    fn new(owner: Option<Uuid>, limit: Option<Limit>, cursor: Option<Cursor>) -> Result<Self, Error> {
        let place = match cursor.map(|cursor| cursor.place::<(Option<Uuid>, P)>()).transpose()? {
            Some((of, _)) if of != owner => return Err(Error::field("?cursor", Fault::BadFormat)),
            found => found.map(|(_, place)| place),
        };
        Ok(Self { owner, place, limit: Limit::or_default(limit) })
    }

    /// How many rows to ask for: one more than the page holds tells whether there is a next one.
    pub fn rows(&self) -> u64 {
        self.limit + 1
    }

    /// The cursor that goes on after a place, for a list that knows by itself where it stopped.
    ///
    /// # Errors
    /// `internal`, for a place that can't be written.
    pub fn after(&self, place: &P) -> Result<Cursor, Error> {
        Cursor::after(&(self.owner, place))
    }

    /// Cuts the row too many, and answers the cursor that goes on after the last one left.
    ///
    /// # Errors
    /// `internal`, for a place that can't be written.
    pub fn cut<R>(&self, rows: &mut Vec<R>, place: impl Fn(&R) -> P) -> Result<Option<Cursor>, Error> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return Ok(None);
        }
        rows.truncate(limit);
        rows.last().map(|row| Cursor::after(&(self.owner, place(row)))).transpose()
    }
}

text_type!(
    Cursor,
    "string_cursor",
    MetaSchema { max_length: Some(MAX_CURSOR_CHARS), pattern: Some("^[A-Za-z0-9_-]+$".to_owned()), ..MetaSchema::new("string") }
);

/// Declares the page of one kind of item. Each list has a schema with a name of its own, for generated clients know no
/// generics: `page_of!(/// Bookings, newest first. BookingPage of BookingView);`
#[macro_export]
macro_rules! page_of {
    ($(#[$doc:meta])* $name:ident of $item:ty) => {
        $(#[$doc])*
        #[derive(Debug, poem_openapi::Object)]
        #[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
        pub struct $name {
            pub items: Vec<$item>,
            /// Send it back as `cursor` for the next page. Absent at the end.
            pub next_cursor: Option<$crate::app::wire::Cursor>,
        }
    };
}
