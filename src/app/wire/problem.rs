//! The problem document (RFC 9457): the one shape of every failure.

use super::Instant;
use crate::app::catalogue;
use crate::kernel::error::{Code, Conflict, Error, Fault, FieldFault, Reason, Span};
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
    /// Free times near the wanted one. Only where a booking is refused.
    pub alternatives: Option<Vec<FreeSpan>>,
    /// Everything that stands against a booking. Absent where it is no booking that is refused.
    pub reasons: Option<Vec<BookingReason>>,
    /// Of several bookings that were asked for at once: those that are refused.
    pub conflicts: Option<Vec<BookingConflict>>,
    /// The version of the policy that is to be accepted first. Only with `acceptance_required`.
    pub policy_version: Option<String>,
}

/// One of several bookings that were asked for at once.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BookingConflict {
    /// Its place in the request, from 0.
    pub index: i32,
    pub reasons: Vec<BookingReason>,
    /// Free times near the wanted one.
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

/// What stands against a booking. New ones may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingReason(pub Reason);

/// A stable code for the fault of one field. New ones may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldCode(pub Fault);

impl Problem {
    pub fn new(error: &Error, lang: Lang, request_id: Uuid) -> Problem {
        let code = error.code();
        let refusal = match error {
            Error::Refused(refusal) => Some(refusal),
            Error::Unavailable(_) | Error::Internal(_) => None,
        };
        let fields = refusal.map_or(&[][..], |refusal| refusal.fields.as_slice());
        let errors: Vec<_> = fields.iter().map(FieldProblem::from).collect();
        Problem {
            kind: format!("urn:feldsher:problem:{code}"),
            title: catalogue::title(lang, code),
            status: i32::from(code.status()),
            detail: detail(lang, code, fields, refusal.map_or(&[][..], |refusal| refusal.reasons.as_slice())),
            code: ProblemCode(code),
            request_id,
            errors: (!errors.is_empty()).then_some(errors),
            alternatives: refusal.and_then(|refusal| free(&refusal.alternatives)),
            reasons: refusal.map(|refusal| reasons(&refusal.reasons)).filter(|reasons| !reasons.is_empty()),
            conflicts: refusal
                .map(|refusal| refusal.conflicts.iter().map(BookingConflict::from).collect::<Vec<_>>())
                .filter(|conflicts| !conflicts.is_empty()),
            policy_version: refusal.and_then(|refusal| refusal.policy_version.clone()),
        }
    }
}

fn free(spans: &[Span]) -> Option<Vec<FreeSpan>> {
    let free: Vec<_> =
        spans.iter().map(|span| FreeSpan { starts_at: span.starts_at.into(), ends_at: span.ends_at.into() }).collect();
    (!free.is_empty()).then_some(free)
}

fn reasons(reasons: &[Reason]) -> Vec<BookingReason> {
    reasons.iter().copied().map(BookingReason).collect()
}

impl From<&Conflict> for BookingConflict {
    fn from(conflict: &Conflict) -> Self {
        Self {
            index: i32::try_from(conflict.index).unwrap_or(i32::MAX),
            reasons: reasons(&conflict.reasons),
            alternatives: free(&conflict.alternatives),
        }
    }
}

/// The detail of the code, and after it the first faults and every reason in words, for an app that shows nothing but the
/// detail. What the code says already is not said twice.
fn detail(lang: Lang, code: Code, fields: &[FieldFault], reasons: &[Reason]) -> String {
    let mut detail = catalogue::detail(lang, code);
    let is_said = |reason: &&Reason| matches!((code, reason), (Code::SlotTaken, Reason::Taken) | (Code::Frozen, Reason::Frozen));
    for reason in reasons.iter().filter(|reason| !is_said(reason)) {
        detail.push(' ');
        detail.push_str(&catalogue::reason(lang, *reason));
    }
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
code_type!(BookingReason, Reason, "What stands against a booking. Stable; new codes may be added.");
