//! What watches over the gateway: configurations that their programs take, alerts that reach people, charts with marks.
//! REQ-OPS-02. Where no registry has the program, a schema or reader of ours stands in.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use manifest_tests::{alloy, build::repository};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

fn lgtm(path: &str) -> PathBuf {
    repository().join("infrastructure/kustomize/components/lgtm").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(lgtm(path)).unwrap()
}

/// Runs a program of Debian's; returns what it said.
fn run(program: &str, args: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(args).current_dir(lgtm("config")).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; `make debian-tools` installs it"));
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}

#[test]
fn prometheus_and_alertmanager_take_their_configurations() {
    // F8, F12
    for (program, args) in [
        ("promtool", ["check", "config", "prometheus.yml"].as_slice()),
        ("amtool", ["check-config", "alertmanager.yml"].as_slice()),
    ] {
        let (fine, said) = run(program, args);
        assert!(fine, "{program}: {said}");
    }
}

#[test]
fn every_alert_reaches_the_administrators_and_those_about_the_gateway_a_channel_too() {
    // F8: nobody heard of any.
    let rules: Value = serde_yaml::from_str(&text("config/alerts.yml")).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    let alerts: Vec<_> = groups.flat_map(|group| group["rules"].as_array().unwrap()).collect();
    assert!(alerts.len() >= 20, "{} alerts", alerts.len());
    for alert in alerts {
        let (name, severity) =
            (alert["alert"].as_str().unwrap(), alert["labels"]["severity"].as_str().unwrap());
        let labels = [format!("alertname={name}"), format!("severity={severity}")];
        let args = ["config", "routes", "test", "--config.file=alertmanager.yml", &labels[0], &labels[1]];
        let (fine, receivers) = run("amtool", &args);
        assert!(fine && receivers.contains("administrators"), "{name}: {receivers}");
        let gateway_is_mute = ["GatewayDown", "GatewayNotActive", "SlackRefuses"].contains(&name);
        assert_eq!(receivers.contains("channel"), gateway_is_mute, "{name}: {receivers}");
    }
    let config: Value = serde_yaml::from_str(&text("config/alertmanager.yml")).unwrap();
    let hook = &config["receivers"][0]["webhook_configs"][0];
    assert_eq!(hook["url"], "http://gateway.ai-dev.svc.cluster.local:8000/hooks/alerts");
    let token = hook["http_config"]["authorization"]["credentials_file"].as_str().unwrap();
    assert!(text("alertmanager.yaml").contains(&format!("secretKey: {}", token.rsplit('/').next().unwrap())));
}

#[test]
fn loki_and_tempo_have_only_what_they_know() {
    // F12
    for (config, schema) in [
        ("config/loki.yaml", include_str!("../schemas/loki.json")),
        ("config/tempo.yaml", include_str!("../schemas/tempo.json")),
    ] {
        let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        let whole: Value = serde_yaml::from_str(&text(config)).unwrap();
        let faults: Vec<_> = validator.iter_errors(&whole).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{config}: {faults:?}");
        let mut odd = whole.clone();
        odd["server"]["http_port"] = 1.into();
        assert!(!validator.is_valid(&odd), "{config}: what nobody knows is found");
    }
}

#[test]
fn alloys_parts_are_known_and_every_reference_leads_somewhere() {
    // F12
    let config = text("config/config.alloy");
    assert_eq!(alloy::faults(&config), Vec::<String>::new());
    for (from, to, expected) in [
        (
            "otelcol.exporter.otlp.tempo.input",
            "otelcol.exporter.otlp.tenpo.input",
            "there is no otelcol.exporter.otlp \"tenpo\"",
        ),
        ("loki.write.out.receiver", "loki.write.out.input", "loki.write has no input"),
        ("insecure = true", "insecurely = true", "takes no insecurely"),
        ("discovery.relabel \"pods\"", "discovery.rename \"pods\"", "no such component"),
        ("level  = \"info\"", "level  = ", "is no value"),
        ("format = \"json\"\n}", "format = \"json\"\n", "does not end"),
    ] {
        assert!(config.contains(from), "{from}");
        let faults = alloy::faults(&config.replacen(from, to, 1)).join("\n");
        assert!(faults.contains(expected), "{to}: wanted {expected}, found {faults}");
    }
}

#[test]
fn charts_of_time_show_p95_and_the_promise_as_a_mark() {
    // F7
    let mut charts = 0;
    for entry in std::fs::read_dir(lgtm("dashboards")).unwrap() {
        let path = entry.unwrap().path();
        let board: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let panels = board["panels"].as_array().unwrap();
        let marked = |panel: &Value| {
            let steps = panel.pointer("/fieldConfig/defaults/thresholds/steps").and_then(Value::as_array);
            steps.is_some_and(|steps| steps.iter().any(|step| step["value"].is_number()))
                && panel.pointer("/fieldConfig/defaults/custom/thresholdsStyle/mode").is_some()
        };
        assert!(panels.iter().any(marked), "{}: no chart has a mark", path.display());
        for panel in panels {
            let queries: Vec<_> = panel["targets"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|target| target["expr"].as_str())
                .collect();
            if !queries.iter().any(|query| query.starts_with("histogram_quantile")) {
                continue;
            }
            charts += 1;
            for quantile in ["0.5", "0.95", "0.99"] {
                let start = format!("histogram_quantile({quantile},");
                assert!(
                    queries.iter().any(|query| query.starts_with(&start)),
                    "{}: {quantile}",
                    panel["title"]
                );
            }
            assert!(marked(panel), "{}: {} has no mark", path.display(), panel["title"]);
        }
    }
    assert!(charts >= 7, "{charts} charts of times");
}

/// Files below a folder, with their text.
fn below(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let name = path.strip_prefix(repository()).unwrap().display().to_string();
            found.push((name, text));
        }
    }
}

#[test]
fn every_placeholder_is_where_the_page_for_operators_says() {
    // F12: image names and ArgoCD's repository are placeholders, and were named nowhere together.
    let page = std::fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let places = page.split("## What you must change").nth(1).unwrap().split("## Deploy").next().unwrap();
    let mut files = vec![];
    for folder in ["infrastructure/kustomize", "argocd"] {
        below(&repository().join(folder), &mut files);
    }
    let known = [
        ("registry.example.com", "overlays/"),
        ("git.example.com", "argocd/"),
        ("lab.example.com", "overlays/lab/settings.env"),
    ];
    let mut found = 0;
    for (name, text) in files {
        for line in text.lines().filter(|line| line.contains("example.com") || line.contains("example.org")) {
            let fits = known.iter().find(|(host, place)| line.contains(host) && name.contains(place));
            let (host, _) = fits.unwrap_or_else(|| panic!("{name}: {line}: not named in docs/operations.md"));
            assert!(places.contains(host), "{host} is not named");
            found += 1;
        }
    }
    assert!(found >= 7, "{found} placeholders");
}
