//! What anybody may read: the policy in force, and what an app needs to know of the profile.

use super::{Tag, TextLanguage, class_words};
use crate::app::App;
use crate::app::apps::{Platform, Served};
use crate::app::profile::{self, AcceptedBy, SignIn, Way};
use crate::app::wire::{AskedLang, Date, Failure, Reply};
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi};

/// Who answers for the data.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct OperatorView {
    name: String,
    address: String,
    email: String,
    phones: Vec<String>,
}

impl OperatorView {
    fn new(operator: &profile::Operator, lang: Lang) -> Self {
        Self {
            name: operator.name.in_lang(lang).to_owned(),
            address: operator.address.in_lang(lang).to_owned(),
            email: operator.email.clone(),
            phones: operator.phones.clone(),
        }
    }
}

/// Whom one may complain to.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct AuthorityView {
    name: String,
    url: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PolicyView {
    version: String,
    effective_from: Date,
    language: TextLanguage,
    text: String,
    /// SHA-256 of the text in UTF-8, in hexadecimal: what an acceptance names.
    text_hash: String,
    operator: OperatorView,
    authority: AuthorityView,
    /// How somebody who accepted an earlier version comes to accept this one.
    accepted_by: AcceptanceKind,
    /// The version that is published to take its place. `getPolicy` has its text.
    next: Option<ComingPolicy>,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum AcceptanceKind {
    /// By an act of its own; until then what takes personal data answers `acceptance_required`.
    Act,
    /// By going on to use the service after that day, once one was told.
    ContinuedUse,
}

/// What will be in force, and from when.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ComingPolicy {
    version: String,
    effective_from: Date,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SignInRules {
    /// `code`, `iin`, `password`.
    ways: Vec<String>,
    /// `sms`, `email`: of the way `code`.
    channels: Vec<String>,
}

/// Which fields of a profile may and must be given.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PersonRules {
    required: Vec<String>,
    allowed: Vec<String>,
    /// Systems of national numbers and policies.
    identifiers: Vec<String>,
    /// Youngest age, in years, of somebody who opens an account of his own.
    own_account_age: i32,
}

/// An item that can be consented to.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ConsentItemView {
    id: String,
    purpose: String,
    recipient: String,
    channel: Option<String>,
    title: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct DocumentRules {
    max_bytes: i64,
    media_types: Vec<String>,
}

/// Which versions of one app are served.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ServedApp {
    /// `ios`, `android`, `web`: as in the header `X-App-Version`, `ios/3.2.1`.
    platform: String,
    /// An older one that names its version is refused everywhere but here, with 426 `app_outdated`. Absent: all are served.
    minimum_version: Option<String>,
    /// An older one should advise its user to update.
    recommended_version: Option<String>,
}

/// What this service offers at all. Don't show what is off: it answers `refused_by_profile`.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct FeatureSwitches {
    /// Whether installations register.
    devices: bool,
    /// Whether push tokens are taken.
    push: bool,
    telemetry: bool,
    /// Whether calls are recorded.
    recordings: bool,
}

/// What may be sent as telemetry. Anything else is dropped.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct TelemetryRules {
    /// The consent without which nothing is taken.
    consent_id: String,
    /// Names of events.
    events: Vec<String>,
    /// Names of attributes.
    attributes: Vec<String>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct AppConfig {
    profile_id: String,
    /// Changes whenever the profile does.
    profile_revision: String,
    /// ISO 3166-1, lower case.
    country: String,
    default_language: TextLanguage,
    languages: Vec<TextLanguage>,
    /// The version of the policy to accept.
    policy_version: String,
    sign_in: SignInRules,
    person: PersonRules,
    /// Classes of data that are refused here: don't offer what would send them.
    refused_classes: Vec<String>,
    consents: Vec<ConsentItemView>,
    documents: DocumentRules,
    apps: Vec<ServedApp>,
    features: FeatureSwitches,
    /// Absent where none is taken.
    telemetry: Option<TelemetryRules>,
    /// Whom to call when there is no time to write: show it before a chat.
    emergency_phone: String,
    /// Where the medical record is kept: `here`, or `elsewhere` in a system of the clinic beside this cabinet.
    record_kept: String,
    /// Where a browser finds the page by which an account is deleted without the app.
    account_deletion_path: Option<String>,
}

/// Served by the floor above, which takes it from here; stores ask for it.
pub const ACCOUNT_DELETION_PATH: &str = "/account-deletion";

pub struct PoliciesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl PoliciesApi {
    /// Read the policy
    ///
    /// The version in force (or, before the first one is, the one that will be), in the language of `Accept-Language`.
    #[oai(path = "/policies/current", method = "get", operation_id = "getCurrentPolicy")]
    async fn policy(&self, app: Data<&App>, lang: AskedLang) -> Result<Reply<PolicyView>, Failure> {
        let now = app.ambient.now();
        let (policy, operator) = (app.profile.policy_on(now), &app.profile.operator);
        Ok(Reply::new(PolicyView {
            version: policy.version.clone(),
            effective_from: Date(policy.effective_from),
            language: lang.0.into(),
            text: policy.text.in_lang(lang.0).to_owned(),
            text_hash: policy.hash(lang.0),
            operator: OperatorView::new(operator, lang.0),
            accepted_by: match policy.acceptance {
                AcceptedBy::Act => AcceptanceKind::Act,
                AcceptedBy::ContinuedUse => AcceptanceKind::ContinuedUse,
            },
            next: app
                .profile
                .coming_policy(now)
                .map(|next| ComingPolicy { version: next.version.clone(), effective_from: Date(next.effective_from) }),
            authority: AuthorityView { name: operator.authority.in_lang(lang.0).to_owned(), url: operator.authority_url.clone() },
        }))
    }

    /// Read what an app needs to know of this service
    ///
    /// Titles follow `Accept-Language`.
    #[oai(path = "/app-config", method = "get", operation_id = "getAppConfig")]
    async fn app_config(&self, app: Data<&App>, lang: AskedLang) -> Result<Reply<AppConfig>, Failure> {
        Ok(Reply::new(app_config(&app, lang.0)))
    }
}

fn app_config(app: &App, lang: Lang) -> AppConfig {
    let profile = &app.profile;
    let consents = profile.consents.iter().map(|item| ConsentItemView {
        id: item.id.clone(),
        purpose: item.purpose.clone(),
        recipient: item.recipient.clone(),
        channel: item.channel.clone(),
        title: item.title.in_lang(lang).to_owned(),
    });
    AppConfig {
        profile_id: profile.id.clone(),
        profile_revision: profile.revision.clone(),
        country: profile.country.clone(),
        default_language: profile.default_language.into(),
        languages: Lang::ALL.iter().map(|lang| (*lang).into()).collect(),
        policy_version: profile.policy_on(app.ambient.now()).version.clone(),
        sign_in: sign_in_rules(&profile.sign_in),
        person: PersonRules {
            required: profile.person.required.clone(),
            allowed: profile.person.allowed.clone(),
            identifiers: profile.person.identifiers.clone(),
            own_account_age: i32::try_from(profile.person.own_account_age).unwrap_or(i32::MAX),
        },
        refused_classes: class_words(&profile.refused_classes),
        consents: consents.collect(),
        documents: DocumentRules { max_bytes: profile.documents.max_bytes, media_types: profile.documents.media_types.clone() },
        apps: Platform::ALL.iter().map(|platform| served(*platform, app.config.apps.of(*platform))).collect(),
        features: FeatureSwitches {
            devices: profile.devices.registry,
            push: profile.devices.registry && profile.devices.push,
            telemetry: profile.telemetry.collect,
            recordings: profile.recordings.taken,
        },
        telemetry: profile.telemetry.collect.then(|| TelemetryRules {
            consent_id: profile.telemetry.consent.clone(),
            events: profile.telemetry.events.clone(),
            attributes: profile.telemetry.attributes.clone(),
        }),
        emergency_phone: profile.consultations.emergency_phone.clone(),
        record_kept: profile.cabinet.record.as_str().to_owned(),
        account_deletion_path: Some(ACCOUNT_DELETION_PATH.to_owned()),
    }
}

fn sign_in_rules(rules: &SignIn) -> SignInRules {
    let channels = if rules.lets_in(Way::Code) { rules.channels.clone() } else { Vec::new() };
    SignInRules { ways: rules.ways.iter().map(|way| way.as_str().to_owned()).collect(), channels }
}

fn served(platform: Platform, served: Served) -> ServedApp {
    ServedApp {
        platform: platform.as_str().to_owned(),
        minimum_version: served.minimum.map(|version| version.to_string()),
        recommended_version: served.recommended.map(|version| version.to_string()),
    }
}
