//! A query that grows with what is asked: each condition with its values, so that what is not asked costs the engine nothing.

use crate::clinic::identity::Clinics;
use sea_orm::Value;

pub struct Asked {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Asked {
    pub fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// The placeholder of a value.
    pub fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// Adds SQL with a value in the place of each `{}`.
    pub fn push(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        let mut values = values.into_iter();
        for (index, piece) in sql.split("{}").enumerate() {
            if index > 0
                && let Some(value) = values.next()
            {
                let place = self.place(value);
                self.sql.push_str(&place);
            }
            self.sql.push_str(piece);
        }
    }

    /// Adds a condition with a value in the place of each `{}`.
    pub fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.push(condition, values);
    }

    /// Nothing but what stands in these clinics.
    pub fn within(&mut self, column: &str, scope: &Clinics) {
        let condition = scope.condition(column, self.values.len() + 1);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition);
        self.values.extend(scope.values());
    }

    pub fn end(&mut self, sql: &str) {
        self.sql.push(' ');
        self.sql.push_str(sql);
    }
}
