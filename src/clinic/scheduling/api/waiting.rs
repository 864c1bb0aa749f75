//! A patient on the waiting list, and what is offered to him.

use super::super::alternatives::{self, Wanted};
use super::super::booking::{self, By, Complaint, Wish};
use super::super::offers;
use super::super::rows::OpenOffer;
use super::super::waiting::{self, Part, Wait, Waited};
use super::super::{consent, limits};
use super::booking_views::{BookingView, booker_shown_to};
use super::wishes::DayPart;
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Body, Created, Date, Failure, Instant, NoContent, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// The waiting list
    WaitingList,
}

/// What is waited for: a doctor, a service, or this service with this doctor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWaiting {
    /// Absent: any who does the service in its clinic.
    doctor_id: Option<Uuid>,
    /// Absent: the doctor's shortest.
    service_id: Option<Uuid>,
    /// The first day on the clinic's calendar. One that is over counts as today.
    from: Date,
    /// The last day, at most a year later.
    to: Date,
    /// Absent: any.
    part: Option<DayPart>,
}

/// A time that is kept for who waits.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct WaitingOffer {
    id: Uuid,
    doctor_id: Uuid,
    doctor_name: String,
    starts_at: Instant,
    ends_at: Instant,
    /// Then it goes to the next who waits.
    until: Instant,
}

/// What somebody waits for.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct WaitingView {
    id: Uuid,
    clinic_id: Uuid,
    clinic_name: String,
    /// The IANA name of the clinic's time zone.
    zone: String,
    service_id: Uuid,
    service_name: String,
    /// Absent: any who does the service.
    doctor_id: Option<Uuid>,
    doctor_name: Option<String>,
    from: Date,
    to: Date,
    part: DayPart,
    /// How many wait longer for the same: they are asked first when a time is right for them.
    before: i64,
    offer: Option<WaitingOffer>,
    created_at: Instant,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct WaitingList {
    pub items: Vec<WaitingView>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct OfferAcceptance {
    /// Why the patient comes, in his own words. Only the doctor reads it.
    #[oai(validator(max_length = 2000))]
    complaint: Option<String>,
    /// Who pays. Absent: the patient himself.
    payer: Option<Payer>,
}

impl NewWaiting {
    pub fn wait(&self) -> Wait {
        Wait {
            doctor: self.doctor_id,
            service: self.service_id,
            from: self.from.0,
            to: self.to.0,
            part: self.part.map_or(Part::Any, |part| Part::parse(part.as_str())),
        }
    }
}

impl WaitingOffer {
    fn of(offer: OpenOffer, lang: Lang) -> Self {
        Self {
            id: offer.id,
            doctor_id: offer.doctor,
            doctor_name: offer.doctor_names.in_lang(lang).to_owned(),
            starts_at: offer.starts_at.into(),
            ends_at: offer.ends_at.into(),
            until: offer.until.into(),
        }
    }
}

impl WaitingView {
    pub fn of(waited: Waited, lang: Lang) -> Self {
        let Waited { entry, offer } = waited;
        Self {
            id: entry.id,
            clinic_id: entry.clinic,
            clinic_name: entry.clinic_names.in_lang(lang).to_owned(),
            zone: entry.zone,
            service_id: entry.service,
            service_name: entry.service_names.in_lang(lang).to_owned(),
            doctor_id: entry.doctor,
            doctor_name: entry.doctor_names.map(|names| names.in_lang(lang).to_owned()),
            from: Date(entry.from_day),
            to: Date(entry.to_day),
            part: DayPart::of(&entry.part),
            before: entry.before,
            offer: offer.map(|offer| WaitingOffer::of(offer, lang)),
            created_at: entry.created_at.into(),
        }
    }

    pub fn id(&self) -> Uuid {
        self.id
    }
}

pub struct WaitingApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::WaitingList")]
impl WaitingApi {
    /// Wait for a time that others give back
    ///
    /// A time that becomes free is offered to one who waits for it after the other, the one who waits longest first, for some
    /// minutes each, and then to everybody. Who waits for it already, or for as many things as he may, gets `state_conflict`.
    #[oai(path = "/waiting-list", method = "post", operation_id = "joinWaitingList")]
    async fn join(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewWaiting>,
    ) -> Result<Created<WaitingView>, Failure> {
        let caller = session.patient()?.may_write(&app, "joinWaitingList")?.accepted()?.with_profile(&app.profile.person)?;
        let new = body.0;
        let sought = waiting::seek(&app, new.wait()).await?;
        let view = app
            .write_once(&caller.actor("joinWaitingList"), &caller.keys, &key.0, &new, async |tx: &mut Tx| {
                let id = waiting::join(tx, &app.profile.waiting, &caller.keys, By::of(&caller), &sought).await?;
                let waited = waiting::waited(tx, &app.profile, caller.id, None, tx.now()).await?;
                let waited = waited.into_iter().find(|waited| waited.entry.id == id).ok_or_else(Error::not_found)?;
                Ok(WaitingView::of(waited, lang.0))
            })
            .await?;
        Ok(Created::at(format!("/v1/waiting-list/{}", view.id), view))
    }

    /// List what one waits for
    ///
    /// With one's place, and with the offer that can be taken now. What is not on its last day yet, oldest first.
    #[oai(path = "/waiting-list", method = "get", operation_id = "listWaitingList")]
    async fn list(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Reply<WaitingList>, Failure> {
        let caller = session.patient()?;
        let by = booker_shown_to(&caller);
        let waited = waiting::waited(&app.db.reader(), &app.profile, caller.id, by, app.ambient.now()).await?;
        Ok(Reply::new(WaitingList { items: waited.into_iter().map(|waited| WaitingView::of(waited, lang.0)).collect() }))
    }

    /// Wait no more
    ///
    /// What is offered for it goes to the next.
    #[oai(path = "/waiting-list/:id", method = "delete", operation_id = "leaveWaitingList")]
    async fn leave(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?;
        let by = booker_shown_to(&caller);
        app.write(&caller.actor("leaveWaitingList"), async |tx: &mut Tx| waiting::leave(tx, &caller.keys, (id.0, by)).await)
            .await?;
        Ok(NoContent)
    }

    /// Take an offer
    ///
    /// Books its time by the rules of any booking: a service with a price is `held` until its charge is paid. An offer that was
    /// taken, declined or has run out is `state_conflict`.
    #[oai(path = "/offers/:id/accept", method = "post", operation_id = "acceptOffer")]
    async fn accept(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<OfferAcceptance>,
    ) -> Result<Created<BookingView>, Failure> {
        let caller = session.patient()?.may_write(&app, "acceptOffer")?.accepted()?.with_profile(&app.profile.person)?;
        let asked = serde_json::json!({ "offer": id.0, "acceptance": body.0.to_json() });
        let complaint = Complaint::check(&app.profile, body.0.complaint.as_deref())?;
        let payer = body.0.payer.unwrap_or(Payer::Own);
        let (offer, slot) = offers::find(&app, caller.id, id.0).await?;
        let misfits = match &slot {
            Some(slot) => limits::misfits(&app, slot, (caller.id, payer), offer.starts_at).await?,
            None => Vec::new(),
        };
        let is_paid = slot.as_ref().is_some_and(|slot| booking::price(&app.profile, slot, payer).is_some());
        let keys = if is_paid { app.vault.ensure(caller.id, &[Class::Billing]).await? } else { caller.keys.clone() };
        let view = app
            .write_once(&caller.actor("acceptOffer"), &keys, &key.0, &asked, async |tx: &mut Tx| -> Result<BookingView> {
                let at = Wish::at(offer.starts_at, By::of(&caller));
                let wish = Wish { complaint: complaint.as_ref(), payer, misfits: &misfits, ..at };
                let booking = offers::accept(tx, &app.profile, &keys, (&offer, slot.as_ref()), wish).await?;
                consent::by_booking(tx, &app.profile, &caller, lang.0).await?;
                Ok(BookingView::of(booking, (complaint, None), lang.0, tx.now()))
            })
            .await;
        let wanted = Wanted { subject: caller.id, starts_at: offer.starts_at, but: None };
        let view = alternatives::named(&app, slot.as_ref(), wanted, view).await?;
        Ok(Created::at(format!("/v1/bookings/{}", view.id()), view))
    }

    /// Decline an offer
    ///
    /// It goes to the next, and one keeps one's place for other times. To decline again changes nothing.
    #[oai(path = "/offers/:id/decline", method = "post", operation_id = "declineOffer")]
    async fn decline(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?;
        app.write(&caller.actor("declineOffer"), async |tx: &mut Tx| offers::decline(tx, &caller.keys, id.0).await).await?;
        Ok(NoContent)
    }
}
