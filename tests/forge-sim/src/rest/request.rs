//! One request to the API, taken apart.

use super::answer::{Answer, Refusal};
use crate::rights::Who;
use axum::http::HeaderMap;
use serde_json::{Value, json};

pub(crate) struct Call {
    pub(crate) method: String,
    /// Without `/api/v3`.
    pub(crate) path: String,
    /// The path's parts, decoded.
    pub(crate) parts: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) who: Who,
}

const PAGE: usize = 30;
const LARGEST_PAGE: usize = 100;

impl Call {
    pub(crate) fn new(method: &str, path: &str, query: &str, headers: HeaderMap) -> Self {
        let path = path.strip_prefix("/api/v3").unwrap_or(path).to_owned();
        let parts = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { method: method.to_owned(), path, parts, query, headers, body: Value::Null, who: Who::Nobody }
    }

    pub(crate) fn operation(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.body[name].as_bool().unwrap_or(false)
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let list = self.body[name].as_array().into_iter().flatten();
        list.filter_map(|one| one.as_str().map(str::to_owned)).collect()
    }

    pub(crate) fn required(&self, resource: &str, name: &str) -> Result<String, Refusal> {
        let text = self.text(name).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| Refusal::invalid(resource, name, "missing_field"))
    }

    /// One page of a list, with the links to the others.
    pub(crate) fn page(&self, base: &str, items: Vec<Value>) -> Answer {
        let (page, links) = self.cut(base, items);
        with_links(Answer::ok(Value::Array(page)), links)
    }

    /// One page of a list that stands in an object beside its length.
    pub(crate) fn page_in(&self, base: &str, name: &str, items: Vec<Value>) -> Answer {
        let total = items.len();
        let (page, links) = self.cut(base, items);
        with_links(Answer::ok(json!({ "total_count": total, name: page })), links)
    }

    fn cut(&self, base: &str, items: Vec<Value>) -> (Vec<Value>, Option<String>) {
        let number = |name: &str| self.asked(name).and_then(|text| text.parse::<usize>().ok());
        let size = number("per_page").unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let page = number("page").unwrap_or(1).max(1);
        let last = items.len().div_ceil(size).max(1);
        let link = |page: usize, name: &str| format!("<{}>; rel=\"{name}\"", self.address(base, page));
        let mut links = Vec::new();
        if page > 1 {
            links.extend([link(page - 1, "prev"), link(1, "first")]);
        }
        if page < last {
            links.extend([link(page + 1, "next"), link(last, "last")]);
        }
        let links = (!links.is_empty()).then(|| links.join(", "));
        (items.into_iter().skip((page - 1) * size).take(size).collect(), links)
    }

    fn address(&self, base: &str, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in self.query.iter().filter(|(key, _)| key != "page") {
            query.append_pair(key, value);
        }
        query.append_pair("page", &page.to_string());
        format!("{base}/api/v3{}?{}", self.path, query.finish())
    }
}

fn with_links(answer: Answer, links: Option<String>) -> Answer {
    match links {
        Some(links) => answer.header("link", links),
        None => answer,
    }
}

/// `%2F` and the like; a plus stays one.
fn decoded(part: &str) -> String {
    let kept = part.replace('+', "%2B");
    form_urlencoded::parse(format!("={kept}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
