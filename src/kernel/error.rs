//! One error for the whole house. A refusal carries a stable code that is part of the contract; everything that
//! is our own fault is `Internal`, whose message stays inside.

use chrono::{DateTime, Utc};
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as the floors above need to know it.
#[derive(Debug)]
pub enum Error {
    /// The request was understood and is refused. The caller learns the code.
    Refused(Box<Refusal>),
    /// The engine or a peer can't serve just now; nothing was stored. 503 with `Retry-After`.
    Unavailable(&'static str),
    /// Our own fault. The text goes to the log and never to the caller.
    Internal(String),
}

/// A refusal: its code, the fields at fault, and what may help the caller to go on.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    pub code: Code,
    pub fields: Vec<FieldFault>,
    /// Seconds after which a repetition makes sense.
    pub retry_after_s: Option<u32>,
    /// Free spans that the caller may take instead of the one that he wanted.
    pub alternatives: Vec<Span>,
    /// Everything that stands against a booking, beside the one code.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// Of several that were asked for at once: which of them are refused, and why.
    #[serde(default)]
    pub conflicts: Vec<Conflict>,
    /// The version of the policy that is to be accepted first.
    #[serde(default)]
    pub policy_version: Option<String>,
}

/// One of several bookings that were asked for at once, by its place in the request, and what stands against it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Conflict {
    pub index: usize,
    pub reasons: Vec<Reason>,
    pub alternatives: Vec<Span>,
}

/// A half-open stretch of time, `[starts_at, ends_at)`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// One faulty field: a JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FieldFault {
    pub pointer: String,
    pub fault: Fault,
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal $(, $status:literal)?;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];
            /// The text that stands in the contract.
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $text,)* } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
        table!(@status $name $($variant $(, $status)?;)*);
    };
    (@status $name:ident $($variant:ident, $status:literal;)+) => {
        impl $name {
            /// The HTTP status that goes with the code.
            pub const fn status(self) -> u16 { match self { $($name::$variant => $status,)* } }
        }
    };
    (@status $name:ident $($variant:ident;)+) => {};
}

table! {
    /// Every reason for which an operation refuses. Stable: apps branch on it.
    Code {
        /// The body is not JSON, or a parameter can't be read at all.
        Malformed = "malformed", 400;
        /// Fields are missing, unknown, of a wrong type or out of their limits; `errors` names each.
        Invalid = "invalid", 400;
        WrongCode = "wrong_code", 400;
        WrongRefreshToken = "wrong_refresh_token", 400;
        IdempotencyKeyRequired = "idempotency_key_required", 400;
        SizeMismatch = "size_mismatch", 400;
        ChecksumMismatch = "checksum_mismatch", 400;
        ContentNotAsDeclared = "content_not_as_declared", 400;
        ContentInfected = "content_infected", 400;
        CallbackRejected = "callback_rejected", 400;
        Unauthenticated = "unauthenticated", 401;
        SignInFailed = "sign_in_failed", 401;
        Forbidden = "forbidden", 403;
        AcceptanceRequired = "acceptance_required", 403;
        ProfileRequired = "profile_required", 403;
        ConsentRequired = "consent_required", 403;
        ClassRefused = "class_refused", 403;
        RefusedByProfile = "refused_by_profile", 403;
        ReadOnly = "read_only", 403;
        /// The act is the represented person's own.
        NotByRepresentation = "not_by_representation", 403;
        Frozen = "frozen", 403;
        /// The request came over plain HTTP from another machine: nothing of it was read.
        TlsRequired = "tls_required", 403;
        PasswordChangeRequired = "password_change_required", 403;
        /// The act takes a sign-in of the last minutes.
        StepUpRequired = "step_up_required", 403;
        /// A number that was not used for long: whoever holds it now says something that its owner knows.
        KnownFactRequired = "known_fact_required", 403;
        /// The act takes a recorded check of who the patient is.
        IdentityCheckRequired = "identity_check_required", 403;
        /// The act takes a record that the patient was told his rights.
        RightsNoticeRequired = "rights_notice_required", 403;
        /// The act takes a contract of the patient that stands.
        ContractRequired = "contract_required", 403;
        NotFound = "not_found", 404;
        MethodNotAllowed = "method_not_allowed", 405;
        NotAcceptable = "not_acceptable", 406;
        SlotTaken = "slot_taken", 409;
        SlotNotOffered = "slot_not_offered", 409;
        /// The time is free, and something else stands against the booking: `reasons` says what.
        BookingRefused = "booking_refused", 409;
        /// The programme is for others, or not open: `reasons` says what.
        NotEligible = "not_eligible", 409;
        /// The term in which a patient may do it himself has passed; the clinic still can.
        TooLate = "too_late", 409;
        IdentifierTaken = "identifier_taken", 409;
        LoginTaken = "login_taken", 409;
        AlreadyClaimed = "already_claimed", 409;
        /// Without him nobody could let anybody in.
        LastAdministrator = "last_administrator", 409;
        StateConflict = "state_conflict", 409;
        /// Nobody else could reach the account of whom he acts for.
        LastRepresentative = "last_representative", 409;
        ContentMissing = "content_missing", 409;
        ContentPresent = "content_present", 409;
        PolicyNotInForce = "policy_not_in_force", 409;
        NotWithdrawable = "not_withdrawable", 409;
        DeletionPending = "deletion_pending", 409;
        PaymentDeclined = "payment_declined", 409;
        RefundTooLarge = "refund_too_large", 409;
        PreconditionFailed = "precondition_failed", 412;
        TooLarge = "too_large", 413;
        UriTooLong = "uri_too_long", 414;
        UnsupportedMediaType = "unsupported_media_type", 415;
        RangeNotSatisfiable = "range_not_satisfiable", 416;
        IdempotencyKeyReused = "idempotency_key_reused", 422;
        AppOutdated = "app_outdated", 426;
        RateLimited = "rate_limited", 429;
        HeadersTooLarge = "headers_too_large", 431;
        Internal = "internal", 500;
        Unavailable = "unavailable", 503;
    }
}

table! {
    /// What stands against a booking. Stable: apps explain each.
    Reason {
        /// The doctor has somebody else then.
        Taken = "taken";
        /// The doctor does not receive then.
        OutsideHours = "outside_hours";
        /// Every machine that the service needs is taken then.
        EquipmentTaken = "equipment_taken";
        /// The patient has another visit then.
        PatientBusy = "patient_busy";
        AgeLimit = "age_limit";
        SexLimit = "sex_limit";
        /// The patient has as many visits to come as the service lets him have.
        TooManyOpen = "too_many_open";
        /// It was moved as often as the service lets a patient move it.
        TooManyMoves = "too_many_moves";
        /// Access is frozen.
        Frozen = "frozen";
        /// Something that was to be paid before is not.
        UnpaidBefore = "unpaid_before";
        TooSoon = "too_soon";
        TooFar = "too_far";
        /// The service is not paid for in this way.
        PayerNotTaken = "payer_not_taken";
        /// The patient has no policy of this payer that is good on that day.
        PolicyMissing = "policy_missing";
        /// The service belongs to a programme in which the patient does not take part.
        NotEnrolled = "not_enrolled";
        /// The programme takes nobody now.
        ProgrammeClosed = "programme_closed";
    }
}

table! {
    /// What is wrong with one field.
    Fault {
        Required = "required";
        Unknown = "unknown";
        WrongType = "wrong_type";
        TooLong = "too_long";
        TooShort = "too_short";
        OutOfRange = "out_of_range";
        BadFormat = "bad_format";
        BadCheckDigit = "bad_check_digit";
        BadCharacters = "bad_characters";
        UnknownValue = "unknown_value";
        InThePast = "in_the_past";
        InTheFuture = "in_the_future";
        NotAsked = "not_asked";
        Duplicate = "duplicate";
        TooCommon = "too_common";
        /// A picture of a kind that is not taken, which every telephone can also send as JPEG.
        SendAsJpeg = "send_as_jpeg";
        CardNumber = "card_number";
    }
}

impl Refusal {
    /// The code alone.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            fields: Vec::new(),
            retry_after_s: None,
            alternatives: Vec::new(),
            reasons: Vec::new(),
            conflicts: Vec::new(),
            policy_version: None,
        }
    }
}

impl Error {
    pub fn refused(code: Code) -> Self {
        Error::Refused(Box::new(Refusal::new(code)))
    }

    /// `Code::AcceptanceRequired`, with the version of the policy that is to be accepted.
    pub fn acceptance_required(version: &str) -> Self {
        let policy_version = Some(version.to_owned());
        Error::Refused(Box::new(Refusal { policy_version, ..Refusal::new(Code::AcceptanceRequired) }))
    }

    pub fn not_found() -> Self {
        Error::refused(Code::NotFound)
    }

    /// `Code::Invalid` for one field.
    pub fn field(pointer: impl Into<String>, fault: Fault) -> Self {
        Error::fields(vec![FieldFault { pointer: pointer.into(), fault }])
    }

    pub fn fields(fields: Vec<FieldFault>) -> Self {
        Error::Refused(Box::new(Refusal { fields, ..Refusal::new(Code::Invalid) }))
    }

    pub fn rate_limited(retry_after_s: u32) -> Self {
        Error::Refused(Box::new(Refusal { retry_after_s: Some(retry_after_s), ..Refusal::new(Code::RateLimited) }))
    }

    pub fn internal(text: impl Into<String>) -> Self {
        Error::Internal(text.into())
    }

    pub fn code(&self) -> Code {
        match self {
            Error::Refused(refusal) => refusal.code,
            Error::Unavailable(_) => Code::Unavailable,
            Error::Internal(_) => Code::Internal,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => write!(f, "refused: {}", refusal.code),
            Error::Unavailable(why) => write!(f, "unavailable: {why}"),
            Error::Internal(why) => write!(f, "internal: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// Gathers the faults of a form, so that the caller learns all of them at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    pub fn add(&mut self, pointer: impl Into<String>, fault: Fault) {
        self.0.push(FieldFault { pointer: pointer.into(), fault });
    }

    /// Keeps the value, or notes the fault at `pointer`.
    pub fn check<T>(&mut self, pointer: impl Into<String>, value: Result<T, Fault>) -> Option<T> {
        value.map_err(|fault| self.add(pointer, fault)).ok()
    }

    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::fields(self.0)) }
    }
}
