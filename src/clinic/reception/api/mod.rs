//! What the desk does over HTTP.

mod credentials;

pub use credentials::CredentialsApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// What the desk does for a patient
    Reception,
}
