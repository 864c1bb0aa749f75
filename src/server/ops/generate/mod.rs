//! A store of any size, to try how the server bears it: people who can sign in, doctors with hours, visits past and to come.
//!
//! The rows are real. Each person has keys and stands in the directory, his values are sealed, and he signs in by a code to
//! his number. What is left out, because nothing that is measured asks for it: notices, reminders, tasks, stored answers and
//! acceptances of the visits and people; the reasons of visits whose treatment is over, which give nobody anything; the words
//! by which doctors are found; and the trail has one line for each transaction of two hundred people.
//!
//! Nobody real must ever be among them: the store is marked as a sandbox, for good.

mod office;
mod people;
mod visits;

use super::{check_mark, lock_serve, meta};
use crate::app::App;
use crate::app::config::Config;
use crate::clinic::ROOMS;
use crate::kernel::audit::Line;
use crate::kernel::clock::Ambient;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};
use office::Office;
use std::fmt;
use visits::Calendar;

/// People who are made in one transaction of each store: with their visits some seconds of a busy machine at most, of ten.
const AT_ONCE: u64 = 200;
/// As many telephone numbers as begin with `+7916`.
pub const PATIENTS_MAX: u64 = 10_000_000;
/// A patient comes at most so often.
const VISITS_MAX: u64 = 1_000;

/// How many are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub patients: u64,
    pub bookings: u64,
}

impl Size {
    /// Every second patient comes, the others never do: so those who come have a list to be read.
    fn visitors(self) -> u64 {
        self.patients.div_ceil(2)
    }

    fn check(self) -> Result<()> {
        if self.patients == 0 || self.patients > PATIENTS_MAX {
            return Err(Error::internal(format!("--patients is from 1 to {PATIENTS_MAX}")));
        }
        if self.bookings > self.visitors() * VISITS_MAX {
            return Err(Error::internal(format!("--bookings is at most {VISITS_MAX} for every second patient")));
        }
        Ok(())
    }
}

/// What was made.
pub struct Generated {
    size: Size,
    doctors: usize,
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size: Size { patients, bookings }, doctors } = self;
        write!(f, "{patients} patients (+79160000000 and on), {bookings} bookings, {doctors} doctors; serve it with --sandbox")
    }
}

/// Fills the empty stores of an installation, which is a sandbox from then on.
///
/// # Errors
/// A sentence where somebody is in the stores already, where the record was served for real, or while a server runs on them.
pub async fn generate(config: Config, ambient: Ambient, size: Size) -> Result<Generated> {
    size.check()?;
    let _lock = lock_serve(&config)?;
    check_mark(&config, &ambient, true).await?;
    let app = App::open(config, ambient, ROOMS).await?;
    refuse_people(&app).await?;
    let bar = bar(size.patients);
    let office = Office::open(&app, size).await?;
    let calendar = Calendar::of(&app, &office, size)?;
    let mut first = 0;
    while first < size.patients {
        let until = (first + AT_ONCE).min(size.patients);
        let made = people::make(&app, first..until).await?;
        app.write(&Actor::house("generate"), async |tx: &mut Tx| -> Result<()> {
            people::insert(tx, &app.profile, &made).await?;
            visits::insert(tx, &calendar, &made).await?;
            tx.audit(Line::new("generate"));
            Ok(())
        })
        .await?;
        first = until;
        bar.set_position(first);
    }
    bar.finish();
    app.close().await;
    Ok(Generated { size, doctors: office.doctors.len() })
}

async fn refuse_people(app: &App) -> Result<()> {
    let (record, register) = (app.db.reader(), app.vault.register().reader());
    let accounts = "SELECT (SELECT count(*) FROM patient) + (SELECT count(*) FROM staff) AS n";
    let subjects = "SELECT count(*) AS n FROM subject";
    let somebody = [meta::number(&record, accounts).await?, meta::number(&register, subjects).await?];
    if somebody.iter().all(|n| *n == Some(0)) {
        return Ok(());
    }
    Err(Error::internal("there are accounts in these stores already: generate fills empty ones, and those alone"))
}

/// Shown on a terminal alone.
#[expect(clippy::expect_used, reason = "the template is a constant")]
fn bar(patients: u64) -> ProgressBar {
    let style = "{bar:40} {pos} of {len} patients, {per_sec}, {eta} to go";
    ProgressBar::new(patients).with_style(ProgressStyle::with_template(style).expect("a template"))
}
