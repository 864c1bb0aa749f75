//! The contract: what the framework writes, made into the document that linters and generators accept.

use crate::app::wire::PROBLEM_JSON;
use poem_openapi::OpenApiService;
use serde_json::{Map, Value, json};

/// The document to commit, to serve and to generate clients from. Keys come out sorted, so that it's stable.
pub fn contract(mut document: Value) -> Value {
    document["openapi"] = "3.0.3".into();
    complete(&mut document);
    for_each_operation(&mut document, tidy_operation);
    share_failures(&mut document);
    clean(&mut document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, schema) in schemas {
            // The framework repeats the name as the title, and some generators then name types by the title.
            if schema["title"] == **name {
                remove(schema, "title");
            }
        }
    }
    document
}

/// Licence and server, where the service didn't name its own. What 3.0 doesn't know goes.
fn complete(document: &mut Value) {
    let info = &mut document["info"];
    remove(info, "summary");
    if info["license"].is_null() {
        info["license"] = json!({ "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" });
    }
    remove(&mut info["license"], "identifier");
    if document["servers"].as_array().is_none_or(Vec::is_empty) {
        document["servers"] = json!([{ "url": "/", "description": "The server that serves this document" }]);
    }
}

fn for_each_operation(document: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for path in paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        path.values_mut().filter_map(Value::as_object_mut).for_each(&mut change);
    }
}

fn tidy_operation(operation: &mut Map<String, Value>) {
    operation.entry("security").or_insert_with(|| json!([]));
    for param in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        if param["in"] == "header" {
            let name = param["name"].as_str().map(header_name);
            param["name"] = name.into();
        }
        // `explode` says nothing outside a query, and in one it only repeats the default.
        if param["in"] != "query" || param["explode"] == true {
            remove(param, "explode");
        }
    }
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for response in responses.into_iter().flat_map(Map::values_mut) {
        if let Some(headers) = response.get_mut("headers").and_then(Value::as_object_mut) {
            *headers = std::mem::take(headers).into_iter().map(|(name, header)| (header_name(&name), header)).collect();
        }
    }
}

/// Moves the failures, the same everywhere, into one shared response each: one type in clients instead of hundreds.
fn share_failures(document: &mut Value) {
    let mut shared = Map::new();
    for_each_operation(document, |operation| {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
        for (range, name) in [("4XX", "Refused"), ("5XX", "Failed")] {
            let Some(response) = responses.get_mut(range) else { continue };
            if response["content"].get(PROBLEM_JSON).is_some() {
                let reference = json!({ "$ref": format!("#/components/responses/{name}") });
                shared.insert(name.to_owned(), std::mem::replace(response, reference));
            }
        }
    });
    if !shared.is_empty() {
        document["components"]["responses"] = Value::Object(shared);
    }
}

/// What the framework writes everywhere: charsets, flags that repeat their default, references wrapped for a description.
fn clean(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(object) => {
            // Names of properties are ours; they mean nothing here.
            if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
                properties.values_mut().for_each(clean);
            }
            for limit in ["minimum", "maximum", "multipleOf"] {
                whole(object.get_mut(limit));
            }
            object.retain(|key, value| !(key == "deprecated" && *value == false));
            if let Some(content) = object.get_mut("content").and_then(Value::as_object_mut) {
                *content = std::mem::take(content).into_iter().map(|(name, media)| (bare_media_type(&name), media)).collect();
            }
            // Beside a reference 3.0 allows nothing, and generators make a new type of each `allOf`: the text is given up.
            if let Some(reference) =
                object.get("allOf").and_then(|all| all.as_array()?.iter().find(|part| part.get("$ref").is_some()))
            {
                *value = reference.clone();
                return;
            }
            object.iter_mut().filter(|(key, _)| *key != "properties").for_each(|(_, value)| clean(value));
        }
        _ => {}
    }
}

/// Writes a limit of an integer without the fraction that the framework gives to each.
fn whole(limit: Option<&mut Value>) {
    if let Some(limit) = limit
        && let Some(value) = limit.as_f64()
        && value.fract() == 0.0
        && value.abs() < (1_i64 << 53) as f64
    {
        *limit = (value as i64).into();
    }
}

fn bare_media_type(name: &str) -> String {
    name.split(';').next().unwrap_or_default().trim().to_owned()
}

/// The header as the RFCs spell it: capitals after each hyphen, save for abbreviations.
pub fn header_name(name: &str) -> String {
    let word = |word: &str| match word.to_ascii_lowercase().as_str() {
        "etag" => "ETag".to_owned(),
        "id" if name.eq_ignore_ascii_case("last-event-id") => "ID".to_owned(),
        "www" => "WWW".to_owned(),
        lower => {
            let mut letters = lower.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
        }
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// Swagger UI for the contract as one page that asks nothing of any other host. The framework's page carries the framework's
/// own document, so that one is exchanged.
pub fn docs_page(contract: &str) -> String {
    let page = OpenApiService::new((), "", "").swagger_ui_html();
    let parts =
        page.split_once("let spec = ").and_then(|(head, rest)| Some((head, rest.split_once(";\n    let oauth2RedirectUrl")?.1)));
    let Some((head, tail)) = parts else { return page };
    // Inside a script only `</` could end it.
    let document = contract.replace("</", "<\\/");
    format!("{head}let spec = {document};\n    let oauth2RedirectUrl{tail}")
}

fn remove(value: &mut Value, key: &str) {
    if let Some(object) = value.as_object_mut() {
        object.remove(key);
    }
}
