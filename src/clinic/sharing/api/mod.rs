//! The operations of the room. No rules and no queries here.

mod blocks;
mod disclosures;
mod insurers;
mod referrals;
mod shared_with_me;
mod shares;
mod staff_disclosures;
mod views;

pub use blocks::BlocksApi;
pub use disclosures::DisclosuresApi;
pub use insurers::InsurersApi;
pub use referrals::ReferralsApi;
pub use shared_with_me::SharedWithMeApi;
pub use shares::SharesApi;
pub use staff_disclosures::StaffDisclosuresApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// Who else may see one's data
    Sharing,
    /// What is shared with staff, referred, disclosed and blocked
    StaffSharing,
}
