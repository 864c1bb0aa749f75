//! Versions of the policy: read by anybody, told to everybody, counted for the officer; and the rules that are to be read again.

use super::super::reviews::{self, NewReview, ReviewOutcome, Reviewed};
use super::super::rows::policies::{self as rows, TELLING, TOLD, Version};
use super::{Tag, TextLanguage};
use crate::app::App;
use crate::app::profile::Policy;
use crate::app::wire::{AskedLang, Body, Created, Date, Failure, Instant, Reply};
use crate::clinic::identity::{self, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::Error;
use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi};

/// A text that was published, as it is for ever.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PublishedPolicy {
    version: String,
    effective_from: Date,
    language: TextLanguage,
    text: String,
    /// SHA-256 of the text in UTF-8, in hexadecimal: what an acceptance names.
    text_hash: String,
}

/// That one was told of a version.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PolicyNotice {
    version: String,
    effective_from: Date,
    told_at: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PolicyNoticeList {
    items: Vec<PolicyNotice>,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum TellingState {
    /// It was the first: there was nobody to tell.
    Quiet,
    Telling,
    Told,
}

/// A version, and how it went.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PolicyVersion {
    version: String,
    effective_from: Date,
    published_at: Instant,
    state: TellingState,
    /// Accounts that were told.
    told: i64,
    /// When the last of them was.
    told_at: Option<Instant>,
    /// Living accounts that accepted it last.
    accepted: i64,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PolicyVersionList {
    items: Vec<PolicyVersion>,
}

/// A rule of the profile whose law is to be read again.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RuleReview {
    /// Its place in the profile.
    rule: String,
    /// The act and article.
    source: String,
    review_by: Date,
    /// The last day on which it holds, where it says one.
    valid_to: Option<Date>,
    /// The day until which somebody reads it again: that of the profile, or a later one that was set when it was read.
    due_by: Option<Date>,
    /// The day is past. Nothing breaks; somebody has to read the law, and write down that he has.
    is_overdue: bool,
    /// When it was read last.
    reviewed_at: Option<Instant>,
    outcome: Option<ReviewOutcome>,
    /// What came of it.
    note: Option<String>,
}

impl RuleReview {
    fn of(reviewed: Reviewed, today: NaiveDate) -> Self {
        let (due_by, is_overdue) = (Some(Date(reviewed.due())), reviewed.is_overdue(today));
        let Reviewed { review, last } = reviewed;
        Self {
            rule: review.rule,
            source: review.source,
            review_by: Date(review.review_by),
            valid_to: review.valid_to.map(Date),
            due_by,
            is_overdue,
            reviewed_at: last.as_ref().map(|last| last.at.into()),
            outcome: last.as_ref().and_then(|last| ReviewOutcome::parse(&last.outcome)),
            note: last.map(|last| last.note),
        }
    }
}

/// That a rule was read again.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewRuleReview {
    /// Its place in the profile.
    #[oai(validator(min_length = 1, max_length = 100))]
    rule: String,
    outcome: ReviewOutcome,
    /// What was read, and what came of it.
    #[oai(validator(min_length = 1, max_length = 2000))]
    note: String,
    next_review_by: Date,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RuleReviewList {
    /// The nearest day first.
    items: Vec<RuleReview>,
}

pub struct PolicyVersionsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl PolicyVersionsApi {
    /// Read one version of the policy
    ///
    /// One that was published, in force or not: its text never changes. In the language of `Accept-Language`.
    #[oai(path = "/policies/:version", method = "get", operation_id = "getPolicy")]
    async fn version(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        #[oai(validator(max_length = 64))] version: Path<String>,
    ) -> Result<Reply<PublishedPolicy>, Failure> {
        let of_profile = [Some(&app.profile.policy), app.profile.next_policy.as_ref()].into_iter().flatten();
        let of_profile = of_profile.into_iter().find(|policy| policy.version == *version).cloned();
        let (texts, effective_from) = match of_profile {
            Some(policy) => (policy.text, policy.effective_from),
            None => {
                let known = rows::find_version(&app.db.reader(), &version).await?.ok_or_else(Error::not_found)?;
                (known.texts, known.effective_from)
            }
        };
        Ok(Reply::new(PublishedPolicy {
            version: version.0,
            effective_from: Date(effective_from),
            language: lang.0.into(),
            text: texts.in_lang(lang.0).to_owned(),
            text_hash: Policy::hash_of(&texts, lang.0),
        }))
    }

    /// List the versions of the policy that one was told of
    #[oai(path = "/me/policy-notices", method = "get", operation_id = "listPolicyNotices")]
    async fn notices(&self, app: Data<&App>, session: Session) -> Result<Reply<PolicyNoticeList>, Failure> {
        let caller = session.patient()?;
        let items = rows::notices(&app.db.reader(), caller.id).await?.into_iter().map(|notice| PolicyNotice {
            version: notice.version,
            effective_from: Date(notice.effective_from),
            told_at: notice.at.into(),
        });
        Ok(Reply::new(PolicyNoticeList { items: items.collect() }))
    }

    /// List the versions of the policy, and how many were told and accepted
    #[oai(path = "/staff/policies", method = "get", operation_id = "listPolicyVersions")]
    async fn versions(&self, app: Data<&App>, session: Session) -> Result<Reply<PolicyVersionList>, Failure> {
        session.staff_for("listPolicyVersions")?;
        let reader = app.db.reader();
        let accepted = identity::accepted_versions(&reader).await?;
        let view = |version: Version| PolicyVersion {
            accepted: accepted.get(&version.version).copied().unwrap_or(0),
            effective_from: Date(version.effective_from),
            published_at: version.published_at.into(),
            state: match version.state.as_str() {
                TELLING => TellingState::Telling,
                TOLD => TellingState::Told,
                _ => TellingState::Quiet,
            },
            told: version.told,
            told_at: version.told_at.map(Into::into),
            version: version.version,
        };
        Ok(Reply::new(PolicyVersionList { items: rows::versions(&reader).await?.into_iter().map(view).collect() }))
    }

    /// List the rules whose law is to be read again
    ///
    /// Every rule of the profile that was written from memory or is unsettled, with the day of its review.
    #[oai(path = "/staff/rule-reviews", method = "get", operation_id = "listRuleReviews")]
    async fn reviews(&self, app: Data<&App>, session: Session) -> Result<Reply<RuleReviewList>, Failure> {
        session.staff_for("listRuleReviews")?;
        let today = app.profile.today(app.ambient.now());
        let items = reviews::list(&app.db.reader(), &app.profile).await?;
        let items = items.into_iter().map(|reviewed| RuleReview::of(reviewed, today));
        Ok(Reply::new(RuleReviewList { items: items.collect() }))
    }

    /// Write down that a rule was read again
    ///
    /// Also where nothing changed. From then on it is due on the day that is named here.
    #[oai(path = "/staff/rule-reviews", method = "post", operation_id = "createRuleReview")]
    async fn review(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewRuleReview>,
    ) -> Result<Created<RuleReview>, Failure> {
        let caller = session.staff_for("createRuleReview")?;
        let NewRuleReview { rule, outcome, note, next_review_by } = &body.0;
        let new = NewReview { rule, outcome: *outcome, note, next_review_by: next_review_by.0 };
        let view = app
            .write_once(&caller.actor("createRuleReview"), &caller.keys, &key, &body.0, async |tx: &mut Tx| {
                reviews::record(tx, &app.profile, &caller, &new).await?;
                let standing = reviews::list(tx, &app.profile).await?;
                let standing = standing.into_iter().find(|reviewed| reviewed.review.rule == *rule);
                Ok(RuleReview::of(standing.ok_or_else(Error::not_found)?, app.profile.today(tx.now())))
            })
            .await?;
        Ok(Created::at("/v1/staff/rule-reviews", view))
    }
}
