mod numbers;
mod person_values;
