//! What people are told, and by which ways: the kinds of notices, and the profile's plan for each of them.

use super::period::Period;
use chrono::NaiveTime;
use chrono_tz::Tz;
use poem_openapi::Enum;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

// What happened. The phone learns a constant key of it and an opaque id, nothing else.
/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Enum)]
#[serde(rename_all = "camelCase")]
#[oai(rename_all = "camelCase", rename = "NotificationKind")]
pub enum Kind {
    BookingConfirmed,
    BookingCancelled,
    // Another time, another doctor.
    BookingMoved,
    PaymentNeeded,
    PaymentFailed,
    RefundMade,
    MessageReceived,
    DocumentAdded,
    TicketAnswered,
    ExportReady,
    FreezeChanged,
    FeedbackAsked,
    // A doctor opened one's record in an emergency.
    EmergencyAccess,
    // To officers: a doctor opened somebody's record in an emergency.
    EmergencyAlert,
    // A refresh token was used twice: somebody else may have it, and the session was ended.
    SessionReplayed,
    // An address that leads into the account was added, changed or given up.
    ContactChanged,
    // The desk has replaced the login and password.
    CredentialsReplaced,
    // A deletion of the account was asked for, and can be undone.
    DeletionBegun,
    // Somebody may act for another from now on, or no longer. Told to both.
    RepresentationChanged,
    // The desk has settled whose a number is.
    IdentifierChanged,
    // Another version of the policy is published, and from which day it is in force.
    PolicyChanged,
    // A time that became free is kept for one who waits for it.
    OfferMade,
    // What one asked of those who hold one's data was taken in, extended, answered or refused.
    RequestChanged,
    // To officers: somebody asks something of his data.
    RequestReceived,
    // To officers: its term ends soon.
    RequestDue,
    // To officers: its term is over.
    RequestOverdue,
    // One's part in a programme has begun, waits for a place, or has ended.
    EnrolmentChanged,
    // To officers: the law behind a rule of the profile is to be read again.
    RuleReviewDue,
    // A visit is near.
    VisitReminder,
    // One's data was, or may have been, where it should not be.
    DataBreach,
    // To officers: a term of a breach ends soon, or is over.
    BreachDue,
    BreachOverdue,
    // To officers: somebody opens unusually many people.
    OpeningAlert,
    Marketing,
}

// They are how the owner of an account learns of a thief.
/// What can be switched together. Notices of the account itself always go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Enum)]
#[serde(rename_all = "camelCase")]
#[oai(rename_all = "camelCase", rename = "NotificationGroup")]
pub enum Group {
    Visits,
    Payments,
    Messages,
    Feedback,
    Marketing,
    Account,
}

/// A way beside the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Enum)]
#[serde(rename_all = "camelCase")]
#[oai(rename_all = "camelCase", rename = "NotificationChannel")]
pub enum Channel {
    Push,
    Sms,
    Email,
}

/// Notices that must not wait for each other: of each weight, order is kept by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Goes in quiet hours too.
    Urgent,
    Usual,
    Marketing,
}

impl Kind {
    pub const ALL: &'static [Kind] = &[
        Kind::BookingConfirmed,
        Kind::BookingCancelled,
        Kind::BookingMoved,
        Kind::PaymentNeeded,
        Kind::PaymentFailed,
        Kind::RefundMade,
        Kind::MessageReceived,
        Kind::DocumentAdded,
        Kind::TicketAnswered,
        Kind::ExportReady,
        Kind::FreezeChanged,
        Kind::FeedbackAsked,
        Kind::EmergencyAccess,
        Kind::EmergencyAlert,
        Kind::SessionReplayed,
        Kind::ContactChanged,
        Kind::CredentialsReplaced,
        Kind::DeletionBegun,
        Kind::RepresentationChanged,
        Kind::IdentifierChanged,
        Kind::PolicyChanged,
        Kind::OfferMade,
        Kind::RequestChanged,
        Kind::RequestReceived,
        Kind::RequestDue,
        Kind::RequestOverdue,
        Kind::EnrolmentChanged,
        Kind::RuleReviewDue,
        Kind::VisitReminder,
        Kind::DataBreach,
        Kind::BreachDue,
        Kind::BreachOverdue,
        Kind::OpeningAlert,
        Kind::Marketing,
    ];

    /// As the contract, the profile and the database spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::BookingConfirmed => "bookingConfirmed",
            Kind::BookingCancelled => "bookingCancelled",
            Kind::BookingMoved => "bookingMoved",
            Kind::PaymentNeeded => "paymentNeeded",
            Kind::PaymentFailed => "paymentFailed",
            Kind::RefundMade => "refundMade",
            Kind::MessageReceived => "messageReceived",
            Kind::DocumentAdded => "documentAdded",
            Kind::TicketAnswered => "ticketAnswered",
            Kind::ExportReady => "exportReady",
            Kind::FreezeChanged => "freezeChanged",
            Kind::FeedbackAsked => "feedbackAsked",
            Kind::EmergencyAccess => "emergencyAccess",
            Kind::EmergencyAlert => "emergencyAlert",
            Kind::SessionReplayed => "sessionReplayed",
            Kind::ContactChanged => "contactChanged",
            Kind::CredentialsReplaced => "credentialsReplaced",
            Kind::DeletionBegun => "deletionBegun",
            Kind::RepresentationChanged => "representationChanged",
            Kind::IdentifierChanged => "identifierChanged",
            Kind::PolicyChanged => "policyChanged",
            Kind::OfferMade => "offerMade",
            Kind::RequestChanged => "requestChanged",
            Kind::RequestReceived => "requestReceived",
            Kind::RequestDue => "requestDue",
            Kind::RequestOverdue => "requestOverdue",
            Kind::EnrolmentChanged => "enrolmentChanged",
            Kind::RuleReviewDue => "ruleReviewDue",
            Kind::VisitReminder => "visitReminder",
            Kind::DataBreach => "dataBreach",
            Kind::BreachDue => "breachDue",
            Kind::BreachOverdue => "breachOverdue",
            Kind::OpeningAlert => "openingAlert",
            Kind::Marketing => "marketing",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    pub const fn group(self) -> Group {
        match self {
            Kind::BookingConfirmed
            | Kind::BookingCancelled
            | Kind::BookingMoved
            | Kind::OfferMade
            | Kind::VisitReminder
            | Kind::EnrolmentChanged => Group::Visits,
            Kind::FeedbackAsked => Group::Feedback,
            Kind::PaymentNeeded | Kind::PaymentFailed | Kind::RefundMade => Group::Payments,
            Kind::MessageReceived | Kind::DocumentAdded | Kind::TicketAnswered => Group::Messages,
            Kind::ExportReady
            | Kind::FreezeChanged
            | Kind::SessionReplayed
            | Kind::ContactChanged
            | Kind::CredentialsReplaced
            | Kind::DeletionBegun
            | Kind::RepresentationChanged
            | Kind::EmergencyAccess
            | Kind::EmergencyAlert
            | Kind::RequestChanged
            | Kind::RequestReceived
            | Kind::RequestDue
            | Kind::RequestOverdue
            | Kind::RuleReviewDue
            | Kind::IdentifierChanged
            | Kind::DataBreach
            | Kind::BreachDue
            | Kind::BreachOverdue
            | Kind::OpeningAlert
            | Kind::PolicyChanged => Group::Account,
            Kind::Marketing => Group::Marketing,
        }
    }

    pub const fn weight(self) -> Weight {
        match self {
            // A slot is kept for minutes, somebody is talking now, or the account itself is at stake.
            Kind::PaymentNeeded
            | Kind::MessageReceived
            | Kind::FreezeChanged
            | Kind::SessionReplayed
            | Kind::ContactChanged
            | Kind::DeletionBegun
            | Kind::IdentifierChanged
            | Kind::EmergencyAccess
            | Kind::EmergencyAlert
            | Kind::DataBreach
            | Kind::BreachDue
            | Kind::BreachOverdue
            | Kind::OpeningAlert => Weight::Urgent,
            Kind::Marketing => Weight::Marketing,
            _ => Weight::Usual,
        }
    }

    /// Told also to somebody whose access is frozen or whose account is about to end: it is about just that.
    pub const fn is_vital(self) -> bool {
        matches!(
            self,
            Kind::FreezeChanged
                | Kind::SessionReplayed
                | Kind::ContactChanged
                | Kind::CredentialsReplaced
                | Kind::DeletionBegun
                | Kind::RepresentationChanged
                | Kind::EmergencyAccess
                | Kind::RequestChanged
                | Kind::IdentifierChanged
                | Kind::DataBreach
        )
    }

    /// What the object of such a notice is. None: there is none to open.
    pub const fn object(self) -> Option<&'static str> {
        match self {
            Kind::BookingConfirmed | Kind::BookingCancelled | Kind::BookingMoved | Kind::FeedbackAsked | Kind::VisitReminder => {
                Some("booking")
            }
            Kind::OfferMade => Some("offer"),
            Kind::PaymentNeeded | Kind::PaymentFailed | Kind::RefundMade => Some("charge"),
            Kind::MessageReceived => Some("conversation"),
            Kind::DocumentAdded => Some("document"),
            Kind::TicketAnswered => Some("ticket"),
            Kind::ExportReady => Some("export"),
            Kind::FreezeChanged => Some("freeze"),
            Kind::SessionReplayed => Some("session"),
            Kind::RepresentationChanged => Some("representation"),
            Kind::RequestChanged | Kind::RequestReceived | Kind::RequestDue | Kind::RequestOverdue => Some("request"),
            Kind::EmergencyAccess | Kind::EmergencyAlert => Some("breakGlass"),
            Kind::PolicyChanged => Some("policy"),
            Kind::DataBreach | Kind::BreachDue | Kind::BreachOverdue => Some("breach"),
            Kind::OpeningAlert => Some("openingAlert"),
            Kind::EnrolmentChanged => Some("enrolment"),
            Kind::ContactChanged
            | Kind::CredentialsReplaced
            | Kind::DeletionBegun
            | Kind::IdentifierChanged
            | Kind::RuleReviewDue
            | Kind::Marketing => None,
        }
    }
}

impl Channel {
    pub const ALL: &'static [Channel] = &[Channel::Push, Channel::Sms, Channel::Email];

    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Push => "push",
            Channel::Sms => "sms",
            Channel::Email => "email",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|channel| channel.as_str() == text)
    }
}

/// `[[notice]]`: which ways a kind goes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub kind: Kind,
    /// Each of them.
    #[serde(default = "push_alone")]
    pub channels: Vec<Channel>,
    /// In this order, where the push found no phone or failed for good.
    #[serde(default)]
    pub fallback: Vec<Channel>,
    /// After this it is no news any more, and is not sent.
    #[serde(default = "two_days")]
    pub expires: Period,
}

fn push_alone() -> Vec<Channel> {
    vec![Channel::Push]
}

fn two_days() -> Period {
    Period::Days(2)
}

impl Plan {
    /// For a kind that the profile does not name: a push, for two days.
    pub fn usual(kind: Kind) -> Self {
        Self { kind, channels: push_alone(), fallback: Vec::new(), expires: two_days() }
    }

    /// The way to try after `channel` led nowhere.
    pub fn after(&self, channel: Channel) -> Option<Channel> {
        let tried = match self.fallback.iter().position(|fallback| *fallback == channel) {
            Some(index) => index + 1,
            None if channel == Channel::Push => 0,
            None => return None,
        };
        self.fallback.iter().skip(tried).copied().find(|next| !self.channels.contains(next))
    }
}

/// `[notices]`: what holds for all of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notices {
    /// Between these two hours of the recipient's day only what is urgent is sent. Equal ones: never quiet.
    #[serde(deserialize_with = "hour")]
    pub quiet_from: NaiveTime,
    #[serde(deserialize_with = "hour")]
    pub quiet_to: NaiveTime,
    /// The zone of somebody who has told none.
    #[serde(deserialize_with = "zone")]
    pub zone: Tz,
    /// How long a notice stays in the inbox.
    pub kept: Period,
}

impl Default for Notices {
    fn default() -> Self {
        Self { quiet_from: NaiveTime::MIN, quiet_to: NaiveTime::MIN, zone: Tz::UTC, kept: Period::Days(180) }
    }
}

/// An hour of the clock, as a profile writes it: `22:00`.
pub(super) fn hour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| D::Error::custom(format!("{text:?} is not an hour like 22:00")))
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom(format!("{text:?} is not an IANA zone like Asia/Almaty")))
}
