//! For which clinics somebody works.

use sea_orm::Value;
use uuid::Uuid;

/// The clinics that a staff member serves, each once, in one order. None named: the whole installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clinics(Vec<Uuid>);

impl Clinics {
    pub fn of(named: impl IntoIterator<Item = Uuid>) -> Self {
        let mut clinics: Vec<Uuid> = named.into_iter().collect();
        clinics.sort_unstable();
        clinics.dedup();
        Self(clinics)
    }

    pub fn everywhere() -> Self {
        Self::default()
    }

    pub fn is_everywhere(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_slice(&self) -> &[Uuid] {
        &self.0
    }

    pub fn serve(&self, clinic: Uuid) -> bool {
        self.is_everywhere() || self.0.contains(&clinic)
    }

    /// Whether these are all of those, or more: nobody gives away what he has not.
    pub fn cover(&self, those: &Clinics) -> bool {
        self.is_everywhere() || (!those.is_everywhere() && those.0.iter().all(|clinic| self.0.contains(clinic)))
    }

    /// A condition of SQL on a column that holds a clinic. Its values, `values`, begin at the placeholder `first`.
    pub fn condition(&self, column: &str, first: usize) -> String {
        if self.is_everywhere() {
            return "1 = 1".to_owned();
        }
        let places: Vec<String> = (first..first + self.0.len()).map(|place| format!("${place}")).collect();
        format!("{column} IN ({})", places.join(", "))
    }

    pub fn values(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|clinic| Value::from(*clinic))
    }
}
