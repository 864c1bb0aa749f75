//! Accounts of people who work here, as administrators keep them.

use super::super::caller::{Role, Session};
use super::super::clinics::Clinics;
use super::super::employment::{self, Account, StaffState, Terms};
use super::super::invitation;
use super::auth::TotpEnrolment;
use super::staff::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, Paging, Reply, RequestId};
use crate::kernel::db::{Actor, Tx, Who};
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct StaffAccount {
    id: Uuid,
    role: Role,
    /// The clinics that the account serves. None: the whole installation.
    clinic_ids: Vec<Uuid>,
    state: StaffState,
    login: String,
    name: String,
    created_at: Instant,
}

impl From<Account> for StaffAccount {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            role: account.role,
            clinic_ids: account.clinics.as_slice().to_vec(),
            state: account.state,
            login: account.login,
            name: account.name,
            created_at: account.created_at.into(),
        }
    }
}

page_of!(
    /// Staff accounts, newest first.
    StaffAccountPage of StaffAccount
);

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct StaffAccountChange {
    /// Any role but `patient`; `doctor` only for whoever is one, for a doctor has a place in a clinic: `createDoctor`.
    role: Role,
    /// The clinics that the account serves from now on. None: the whole installation.
    #[oai(validator(max_items = 100))]
    clinic_ids: Vec<Uuid>,
    /// `ended` is for good. An invited account stays invited by `active`.
    state: StaffState,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct StaffInvitation {
    /// Shown once. To be redeemed once, until then.
    token: String,
    until: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct InvitationRedeemed {
    #[oai(validator(min_length = 1, max_length = 128))]
    token: String,
    /// 10 to 256 characters of any script.
    #[oai(validator(max_length = 256))]
    new_password: String,
}

pub struct StaffAccountsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Staff")]
impl StaffAccountsApi {
    /// List staff accounts
    ///
    /// An administrator of clinics sees those that serve no others.
    #[oai(path = "/accounts", method = "get", operation_id = "listStaff")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<StaffAccountPage>, Failure> {
        let caller = session.staff_for("listStaff")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (accounts, next_cursor) = employment::list(&app, &caller, &page).await?;
        Ok(Reply::new(StaffAccountPage { items: accounts.into_iter().map(Into::into).collect(), next_cursor }))
    }

    /// Change a staff account's role, clinics or state
    ///
    /// What is taken away is gone at the next call, and the account's sessions end. The last administrator of the whole
    /// installation stays.
    #[oai(path = "/accounts/:id", method = "put", operation_id = "putStaff")]
    async fn put(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<StaffAccountChange>,
    ) -> Result<Reply<StaffAccount>, Failure> {
        let caller = session.staff_for("putStaff")?;
        let StaffAccountChange { role, clinic_ids, state } = body.0;
        let terms = Terms { role, clinics: Clinics::of(clinic_ids), state };
        app.write(&caller.actor("putStaff"), async |tx: &mut Tx| employment::change_account(tx, &caller, id.0, &terms).await)
            .await?;
        Ok(Reply::new(employment::find(&app, &caller, id.0).await?.into()))
    }

    /// Invite somebody to his account
    ///
    /// For whoever is new, or has lost his password or telephone. The token takes the place of one that was issued before; what
    /// the account signs in with stays until it is redeemed. For 72 hours.
    #[oai(path = "/accounts/:id/invitation", method = "post", operation_id = "inviteStaff")]
    async fn invite(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Created<StaffInvitation>, Failure> {
        let caller = session.staff_for("inviteStaff")?;
        let (token, until) = invitation::issue(&app, &caller, id.0).await?;
        Ok(Created::at(format!("/v1/staff/accounts/{}", id.0), StaffInvitation { token, until: until.into() }))
    }

    /// Redeem an invitation
    ///
    /// Sets the password, and answers what the authenticator app needs. Sessions, passkeys and the authenticator of before end.
    #[oai(path = "/invitations/redeem", method = "post", operation_id = "redeemInvitation")]
    async fn redeem(
        &self,
        app: Data<&App>,
        id: RequestId,
        body: Body<InvitationRedeemed>,
    ) -> Result<Reply<TotpEnrolment>, Failure> {
        let actor = Actor { who: Who::Anonymous, operation: "redeemInvitation", request: id.0 };
        let InvitationRedeemed { token, new_password } = body.0;
        Ok(Reply::new(invitation::redeem(&app, &actor, &token, &new_password).await?.into()))
    }
}
