//! Where data may go: the countries, and every outside service that gets something about a person.

use super::Profile;
use crate::adapters::files::FilesConfig;
use crate::adapters::mail::MailConfig;
use crate::adapters::payments::PaymentsConfig;
use crate::adapters::sms::SmsConfig;
use crate::app::config::Config;
use crate::kernel::error::{Error, Result as Checked};
use serde::{Deserialize, Deserializer, de};

/// An outside service, as the operator configures it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    Sms,
    Mail,
    Apns,
    Fcm,
    Rustore,
    Stripe,
    Yookassa,
    /// The bucket in which sealed files lie.
    S3,
}

impl Service {
    pub const fn as_str(self) -> &'static str {
        match self {
            Service::Sms => "sms",
            Service::Mail => "mail",
            Service::Apns => "apns",
            Service::Fcm => "fcm",
            Service::Rustore => "rustore",
            Service::Stripe => "stripe",
            Service::Yookassa => "yookassa",
            Service::S3 => "s3",
        }
    }

    /// By the name of the payment provider. None: the sandbox, which is no outside service.
    pub fn of_payments(provider: &str) -> Option<Self> {
        [Service::Stripe, Service::Yookassa].into_iter().find(|service| service.as_str() == provider)
    }
}

/// `[residency]`: ISO 3166-1, lower case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residency {
    #[serde(deserialize_with = "country")]
    pub home: String,
    /// Countries whose protection the law at home takes for adequate.
    #[serde(default, deserialize_with = "countries")]
    pub adequate: Vec<String>,
    /// Which consent lets what is personal go anywhere else.
    #[serde(default)]
    pub elsewhere: Elsewhere,
}

/// By which consent what is personal may go to a country that is neither home nor adequate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elsewhere {
    /// By the one that the processor names, as any other is given.
    #[default]
    Consent,
    /// By an item that is given in writing alone.
    Written,
}

/// What a processor gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carries {
    /// The address of a device and random identifiers, or sealed bytes: nothing that tells of a person.
    Opaque,
    /// Addresses of people, their payments.
    Personal,
}

/// `[[processor]]`: somebody outside who processes for the operator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    pub service: Service,
    /// As its contract names it.
    pub name: String,
    #[serde(deserialize_with = "country")]
    pub country: String,
    pub carries: Carries,
    /// A consent, by its id, without which it gets nothing.
    #[serde(default)]
    pub consent: Option<String>,
}

/// Whether anything may go to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    Open,
    /// For whoever gave this consent.
    ByConsent(&'a str),
    /// It is not declared, or lies in a country that is neither home nor adequate, and no consent is asked for it.
    Closed,
}

/// The way to a service: at home and in adequate countries it is open, elsewhere only what tells of nobody goes without
/// a consent. A consent that the processor names is asked everywhere; `is_written` says which are given in writing alone.
pub fn route<'a>(
    residency: &Residency,
    processors: &'a [Processor],
    service: Service,
    is_written: impl Fn(&str) -> bool,
) -> Route<'a> {
    let Some(processor) = processors.iter().find(|processor| processor.service == service) else { return Route::Closed };
    let is_near = processor.country == residency.home || residency.adequate.contains(&processor.country);
    let may_travel = is_near || processor.carries == Carries::Opaque;
    match &processor.consent {
        Some(consent) if !may_travel && residency.elsewhere == Elsewhere::Written && !is_written(consent) => Route::Closed,
        Some(consent) => Route::ByConsent(consent),
        None if may_travel => Route::Open,
        None => Route::Closed,
    }
}

/// No service may be configured to which nothing could ever go.
///
/// # Errors
/// A sentence for the operator.
pub fn check(profile: &Profile, config: &Config) -> Checked<()> {
    match configured(config).into_iter().find(|service| profile.way_to(*service) == Route::Closed) {
        None => Ok(()),
        Some(service) => Err(Error::internal(format!(
            "{service} is configured, and the profile {} lets nothing go there. Declare it as a [[processor]] with its country; \
             beyond home and the adequate countries it needs a consent, unless what it carries is opaque.",
            profile.id,
            service = service.as_str(),
        ))),
    }
}

/// The services outside this machine that the operator has set.
fn configured(config: &Config) -> Vec<Service> {
    let payments = match config.payments {
        PaymentsConfig::Memory { .. } => None,
        PaymentsConfig::Stripe(_) => Some(Service::Stripe),
        PaymentsConfig::YooKassa(_) => Some(Service::Yookassa),
    };
    let set = [
        (!matches!(config.sms, SmsConfig::Memory {})).then_some(Service::Sms),
        (!matches!(config.mail, MailConfig::Memory {})).then_some(Service::Mail),
        config.push.apns.is_some().then_some(Service::Apns),
        config.push.fcm.is_some().then_some(Service::Fcm),
        config.push.rustore.is_some().then_some(Service::Rustore),
        payments,
        matches!(config.files(), FilesConfig::S3 { .. }).then_some(Service::S3),
    ];
    set.into_iter().flatten().collect()
}

fn country<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(String::deserialize(deserializer)?)
}

fn countries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.into_iter().map(checked).collect()
}

fn checked<E: de::Error>(text: String) -> Result<String, E> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_code { Ok(text) } else { Err(E::custom(format!("{text:?} is not a country of ISO 3166-1 like \"kz\""))) }
}
