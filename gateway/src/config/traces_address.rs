//! Where traces go.

use super::Variables;

/// Under the names that OpenTelemetry gives. Spans go out as protobuf over HTTP, and stay inside the cluster.
pub(super) fn read(variables: &Variables<'_>, faults: &mut Vec<String>) -> Option<String> {
    const FOR_TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    const FOR_ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let (name, url) = match variables(FOR_TRACES) {
        Some(url) => (FOR_TRACES, url),
        None => (FOR_ALL, format!("{}/v1/traces", variables(FOR_ALL)?.trim_end_matches('/'))),
    };
    if reqwest::Url::parse(&url).is_ok_and(|url| url.scheme() == "http" && url.has_host()) {
        return Some(url);
    }
    faults.push(format!(
        "{name}: not a valid collector address (plain HTTP only). Example: http://alloy.lgtm:4318."
    ));
    None
}
