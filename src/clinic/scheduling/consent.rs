//! Booking as a consent: where the profile says so, whoever books in the app consents by that to what it needs.

use crate::app::profile::Profile;
use crate::clinic::identity::Caller;
use crate::clinic::privacy::{ConsentAct, give_by_act};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::lang::Lang;

/// The patient, or who acts for him, books: a time, several, one that he is offered, or whichever the clinic finds for his wish.
pub async fn by_booking(tx: &mut Tx, profile: &Profile, caller: &Caller, lang: Lang) -> Result<()> {
    let act = ConsentAct { channel: "app".to_owned(), staff: None };
    give_by_act(tx, profile, &caller.keys, lang, (act, caller.addr.to_string())).await
}
