//! A trace joins a person's click, the gateway, the plugin in a real OpenCode, and what came of it. REQ-OPS-01.

use e2e::gateway::Gateway;
use e2e::opencode_stage::{OpenCodeStage, as_they_are};
use e2e::otlp::{Collector, Seen};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where a caller of the API says that its own part of the trace is.
const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const GATEWAY: &str = "opencode-gateway";
const PLUGIN: &str = "opencode-gateway-plugin";

#[tokio::test]
async fn real_a_click_and_its_answer_are_one_trace() {
    // REQ-OPS-01
    let collector = Collector::start().await.unwrap();
    let stage = traced(&collector).await;
    let session = stage.session("Traced").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    click(&stage, ask["id"].as_str().unwrap()).await;
    stage.until_said(&session, "It ran.").await.unwrap();

    let trace = CALLER.split('-').nth(1).unwrap();
    let of_click =
        |spans: &[Seen]| spans.iter().filter(|span| span.trace == trace).cloned().collect::<Vec<_>>();
    let way = [
        (GATEWAY, "POST /api/v1/asks/{id}/answer"),
        (GATEWAY, "desk"),
        (GATEWAY, "session"),
        (GATEWAY, "hold.release"),
        (PLUGIN, "hold.release"),
        (GATEWAY, "tool.unheld"),
    ];
    // Each is a part of the one before, from the click to the call that runs. Each end sends its own in its own time.
    let first = CALLER.split('-').nth(2).unwrap();
    let whole = |spans: &[Seen]| {
        let spans = of_click(spans);
        let part = |parent: String, (service, name): &(&str, &str)| {
            let is_it = |span: &&Seen| {
                span.parent == parent && (span.service.as_str(), span.name.as_str()) == (*service, *name)
            };
            spans.iter().find(is_it).map(|span| span.id.clone())
        };
        way.iter().try_fold(first.to_owned(), part).is_some()
            && spans.iter().any(|span| span.name == "session.idle")
    };
    let spans = of_click(&collector.until("the whole way, and the end of the turn", whole).await.unwrap());
    for span in &spans {
        let about = span.attributes.get("session_id");
        assert!(about.is_none_or(|about| *about == session), "{span:#?}");
    }
    assert!(spans.iter().any(|span| span.name == "persist"), "the promise is a part of it: {spans:#?}");
    let names: BTreeSet<_> = spans.iter().map(|span| format!("{} {}", span.service, span.name)).collect();
    println!("{} spans in the trace of one click, of {} sorts: {names:?}", spans.len(), names.len());

    // What was written began a trace of its own, which ends with what was asked of a person.
    let all = collector.spans();
    let wrote = all.iter().find(|span| span.name == "POST /api/v1/sessions/{id}/messages").unwrap();
    assert!(wrote.parent.is_empty(), "{wrote:#?}");
    let came = |name: &str| all.iter().any(|span| span.trace == wrote.trace && span.name == name);
    assert!(came("session.message") && came("tool.held"), "{all:#?}");
    assert_eq!(collector.complaints(), Vec::<String>::new());
    logs_lead_there(&stage.gateway, &session, trace);
}

#[tokio::test]
async fn real_without_a_collector_nothing_is_told_and_nothing_is_missing() {
    // REQ-OPS-01: a collector that is away costs spans, and nothing else.
    let collector = Collector::start().await.unwrap();
    let mut stage = traced(&collector).await;
    drop(collector);
    let session = stage.session("Untraced").await.unwrap();
    stage.send(&session, "scenario: bash").await.unwrap();
    let ask = stage.open_ask(&session).await.unwrap();
    click(&stage, ask["id"].as_str().unwrap()).await;
    stage.until_said(&session, "It ran.").await.unwrap();
    let took = stage.gateway.terminate().await.unwrap();
    println!("stopped in {took:?} while the collector was away");
}

async fn traced(collector: &Collector) -> OpenCodeStage {
    let mut gateway = Gateway::prepare().unwrap();
    gateway.env.push(("OTEL_EXPORTER_OTLP_ENDPOINT".into(), collector.endpoint()));
    gateway.configure(&as_they_are(json!({}))).unwrap();
    gateway.spawn().await.unwrap();
    let stage = OpenCodeStage::around(gateway, |_| {}).await.unwrap();
    stage.until_connected().await.unwrap();
    stage
}

/// As a browser would, with a place in a trace of its own.
async fn click(stage: &OpenCodeStage, ask: &str) {
    let request = stage
        .gateway
        .known()
        .post(format!("{}/api/v1/asks/{ask}/answer", stage.gateway.url()))
        .header("traceparent", CALLER)
        .json(&json!({ "answer": "once" }));
    assert!(request.send().await.unwrap().status().is_success());
}

/// Every line is JSON; those about the click name its session and its trace.
fn logs_lead_there(gateway: &Gateway, session: &str, trace: &str) {
    let log = gateway.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}")))
        .collect();
    let told = lines.iter().find(|line| line["message"] == "answer saved").unwrap();
    assert_eq!(told["session_id"], session);
    let spans = told["spans"].as_array().unwrap();
    assert!(spans.iter().any(|span| span["trace_id"] == trace), "{told:#}");
}
