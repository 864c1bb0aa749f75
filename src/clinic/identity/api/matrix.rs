//! The order of access, as a document.

use super::super::caller::{Role, Session};
use super::super::matrix::{self, Row};
use super::staff::Tag;
use crate::app::catalogue;
use crate::app::wire::{AskedLang, Failure, Reply};
use crate::kernel::error::Result;
use poem_openapi::{Object, OpenApi};

/// The words of a row that are no roles, in the order in which they are listed.
const OTHERS: [&str; 2] = ["anyone", "self"];

/// Who calls, and how he is called in the asked language.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct CallerTitle {
    /// `anyone` (without signing in), `self` (a patient, for his own) or a role.
    caller: String,
    title: String,
}

/// Who may call one operation.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct OperationCallers {
    /// The `operationId` of the contract.
    operation: String,
    callers: Vec<String>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct AccessMatrix {
    callers: Vec<CallerTitle>,
    operations: Vec<OperationCallers>,
}

pub struct AccessMatrixApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Staff")]
impl AccessMatrixApi {
    /// Read which role may call which operation
    ///
    /// The order of access that this server keeps, for those who answer for it. Whose data a role then sees is a question of
    /// reasons and clinics.
    #[oai(path = "/access-matrix", method = "get", operation_id = "getAccessMatrix")]
    async fn matrix(&self, session: Session, lang: AskedLang) -> Result<Reply<AccessMatrix>, Failure> {
        session.staff_for("getAccessMatrix")?;
        let words = OTHERS.into_iter().chain(Role::STAFF.iter().map(|role| role.as_str()));
        let title = |word: &str| catalogue::text(lang.0, &format!("caller-{word}"), &[]);
        let callers = words.map(|word| CallerTitle { caller: word.to_owned(), title: title(word) }).collect();
        let operations =
            matrix::rows().map(|(operation, row)| OperationCallers { operation: operation.to_owned(), callers: words_of(row) });
        Ok(Reply::new(AccessMatrix { callers, operations: operations.collect() }))
    }
}

fn words_of(row: &Row) -> Vec<String> {
    let others = OTHERS.into_iter().zip([row.anyone, row.own]).filter(|(_, named)| *named).map(|(word, _)| word);
    others.chain(row.staff.iter().map(|role| role.as_str())).map(str::to_owned).collect()
}
