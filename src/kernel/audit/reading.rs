//! The trail as it is read by those who check the house: who did what to which object, and nothing of anybody. The mark of
//! the person whom a line is about is not shown: by it his lines would be found.

use super::super::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

/// Lines that one page looks at, however few of them match: the rest is for the next page.
const LOOKED_AT_MAX: i64 = 20_000;

/// What of the trail somebody may see.
#[derive(Clone, Debug)]
pub struct Scope {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Whose acts. None: everybody's.
    pub staff: Option<Vec<Uuid>>,
    /// Which kinds of objects. None named: all.
    pub objects: Vec<String>,
}

/// What of that is asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub staff: Option<Uuid>,
    pub action: Option<String>,
    pub object_kind: Option<String>,
    pub object: Option<Uuid>,
}

/// A line, without the mark.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Line {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// `staff:` and the account, `representative:` and a mark, `patient`, `anonymous`, `house`.
    pub(super) who: String,
    pub operation: String,
    pub request: Uuid,
    pub action: String,
    pub object_kind: Option<String>,
    pub object_id: Option<Uuid>,
    pub class: Option<String>,
    pub basis: Option<String>,
}

impl Line {
    pub fn staff(&self) -> Option<Uuid> {
        self.who.strip_prefix("staff:").and_then(|id| id.parse().ok())
    }

    /// Which kind of actor: `staff`, `representative`, `patient`, `anonymous`, `house`.
    pub fn actor(&self) -> &str {
        self.who.split_once(':').map_or(self.who.as_str(), |(kind, _)| kind)
    }
}

/// A page of the trail, newest first, and where it goes on.
pub struct Trail {
    pub lines: Vec<Line>,
    pub next: Option<Uuid>,
}

#[derive(FromQueryResult)]
struct Place {
    id: Uuid,
}

impl Scope {
    /// The first id that a line of this hour can have: ids begin with their millisecond.
    fn first_id(at: DateTime<Utc>) -> Uuid {
        let ms = u128::try_from(at.timestamp_millis()).unwrap_or(0);
        Uuid::from_u128(ms << 80)
    }

    pub(super) fn bounds(&self) -> (Uuid, Uuid) {
        (Self::first_id(self.from), Self::first_id(self.to))
    }

    /// Conditions on the columns of `l`, whose values follow those that are there.
    pub(super) fn condition(&self, values: &mut Vec<Value>) -> String {
        let mut all = vec!["1 = 1".to_owned()];
        let mut among = |column: &str, words: Vec<String>| {
            let places: Vec<String> = words
                .into_iter()
                .map(|word| {
                    values.push(word.into());
                    format!("${}", values.len())
                })
                .collect();
            // Nobody's acts are none: an empty list is no SQL.
            all.push(if places.is_empty() { "1 = 0".to_owned() } else { format!("l.{column} IN ({})", places.join(", ")) });
        };
        if let Some(staff) = &self.staff {
            among("who", staff.iter().map(|id| format!("staff:{id}")).collect());
        }
        if !self.objects.is_empty() {
            among("object_kind", self.objects.clone());
        }
        all.join(" AND ")
    }
}

/// A page of the trail within a scope, newest first, from before line `before` on. It may hold fewer lines than asked for, or
/// none, and go on all the same: one page looks at so many lines and no more.
pub async fn trail(db: &impl ConnectionTrait, scope: &Scope, asked: &Asked, before: Option<Uuid>, limit: usize) -> Result<Trail> {
    let backend = db.get_database_backend();
    let (first, end) = scope.bounds();
    let end = before.map_or(end, |before| before.min(end));
    let sql = format!("SELECT id FROM audit_line WHERE id >= $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET {LOOKED_AT_MAX}");
    let query = Statement::from_sql_and_values(backend, sql, [first.into(), end.into()]);
    let stop = Place::find_by_statement(query).one(db).await?.map(|place| place.id);
    let mut values: Vec<Value> = vec![stop.unwrap_or(first).into(), end.into()];
    let mut conditions = vec![scope.condition(&mut values)];
    let wanted: [(&str, Option<Value>); 4] = [
        ("who", asked.staff.map(|id| format!("staff:{id}").into())),
        ("action", asked.action.clone().map(Into::into)),
        ("object_kind", asked.object_kind.clone().map(Into::into)),
        ("object_id", asked.object.map(Into::into)),
    ];
    for (column, value) in wanted {
        if let Some(value) = value {
            values.push(value);
            conditions.push(format!("l.{column} = ${}", values.len()));
        }
    }
    let sql = format!(
        "SELECT l.id, l.at, l.who, l.operation, l.request, l.action, l.object_kind, l.object_id, l.class, l.basis \
         FROM audit_line l WHERE l.id >= $1 AND l.id < $2 AND {} ORDER BY l.id DESC LIMIT {}",
        conditions.join(" AND "),
        limit + 1
    );
    let mut lines = Line::find_by_statement(Statement::from_sql_and_values(backend, &sql, values)).all(db).await?;
    let has_more = lines.len() > limit;
    lines.truncate(limit);
    // The line at which it stopped was looked at, and is not looked at again.
    let next = if has_more { lines.last().map(|line| line.id) } else { stop };
    Ok(Trail { lines, next })
}
