//! The problem document (RFC 9457): the one shape of every failure.

use super::Instant;
use crate::app::catalogue;
use crate::kernel::error::{Code, Error, Fault, FieldFault};
use crate::kernel::lang::Lang;
use poem_openapi::Object;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use std::borrow::Cow;
use uuid::Uuid;

/// Why a request failed. Apps branch on `code`; `title` and `detail` are for people, in the language of `Accept-Language`.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[oai(rename = "type")]
    pub kind: String,
    /// The kind of problem, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: i32,
    /// What happened, and what the caller can do.
    pub detail: String,
    pub code: ProblemCode,
    /// The number under which the server's log knows the request.
    pub request_id: Uuid,
    /// The faulty fields, each with a pointer. Absent when no field is at fault.
    pub errors: Option<Vec<FieldProblem>>,
    /// Free times near the wanted one. Only with `slot_taken`.
    pub alternatives: Option<Vec<FreeSpan>>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename_all = "camelCase")]
pub struct FieldProblem {
    /// A JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pub pointer: String,
    pub code: FieldCode,
}

/// A free stretch of time, up to but not including `endsAt`.
#[derive(Debug, Clone, Copy, PartialEq, Object)]
#[oai(rename_all = "camelCase")]
pub struct FreeSpan {
    pub starts_at: Instant,
    pub ends_at: Instant,
}

/// A stable code. New ones may be added, so an app treats one that it doesn't know by the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemCode(pub Code);

/// A stable code for the fault of one field. New ones may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldCode(pub Fault);

impl Problem {
    pub fn new(error: &Error, lang: Lang, request_id: Uuid) -> Problem {
        let code = error.code();
        let (fields, spans) = match error {
            Error::Refused(refusal) => (refusal.fields.as_slice(), refusal.alternatives.as_slice()),
            Error::Unavailable(_) | Error::Internal(_) => (&[][..], &[][..]),
        };
        let errors: Vec<_> = fields.iter().map(FieldProblem::from).collect();
        let alternatives: Vec<_> =
            spans.iter().map(|span| FreeSpan { starts_at: span.starts_at.into(), ends_at: span.ends_at.into() }).collect();
        Problem {
            kind: format!("urn:feldsher:problem:{code}"),
            title: catalogue::title(lang, code),
            status: i32::from(code.status()),
            detail: detail(lang, code, fields),
            code: ProblemCode(code),
            request_id,
            errors: (!errors.is_empty()).then_some(errors),
            alternatives: (code == Code::SlotTaken && !alternatives.is_empty()).then_some(alternatives),
        }
    }
}

/// The detail of the code, and after it the first faults in words, for an app that shows nothing but the detail.
fn detail(lang: Lang, code: Code, fields: &[FieldFault]) -> String {
    let mut detail = catalogue::detail(lang, code);
    for field in fields.iter().take(3) {
        detail.push_str(&format!(" {}: {}.", field.pointer, catalogue::fault(lang, field.fault)));
    }
    detail
}

impl From<&FieldFault> for FieldProblem {
    fn from(field: &FieldFault) -> Self {
        FieldProblem { pointer: field.pointer.clone(), code: FieldCode(field.fault) }
    }
}

/// Gives a table of codes from the kernel its place in the contract as a named enum.
macro_rules! code_type {
    ($type:ident, $table:ident, $about:literal) => {
        impl Type for $type {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Reference(stringify!($type).to_owned())
            }

            fn register(registry: &mut Registry) {
                registry.create_schema::<Self, _>(stringify!($type).to_owned(), |_| MetaSchema {
                    description: Some($about),
                    enum_items: $table::ALL.iter().map(|code| code.as_str().into()).collect(),
                    ..MetaSchema::new("string")
                });
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl ParseFromJSON for $type {
            fn parse_from_json(value: Option<serde_json::Value>) -> ParseResult<Self> {
                let code = value.and_then(|value| serde_json::from_value(value).ok());
                code.map($type).ok_or_else(|| ParseError::custom("an unknown code"))
            }
        }

        impl ToJSON for $type {
            fn to_json(&self) -> Option<serde_json::Value> {
                Some(self.0.as_str().into())
            }
        }
    };
}

code_type!(ProblemCode, Code, "Why the request failed. Stable; new codes may be added, so treat an unknown one by the status.");
code_type!(FieldCode, Fault, "What is wrong with the field. Stable; new codes may be added.");
