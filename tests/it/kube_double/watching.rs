//! Watches of the double, as kube's own watcher uses them.

use super::{Place, config_map, namespace};
use futures_util::{Stream, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{WatchEvent, WatchParams};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::pin::pin;

/// The next that is worth telling: `+name` came or changed, `-name` went, `done` that all were listed.
async fn next(events: &mut (impl Stream<Item = Result<Event<ConfigMap>, watcher::Error>> + Unpin)) -> String {
    let told = async {
        loop {
            match events.next().await.expect("a watcher never ends") {
                Ok(Event::Init) => {}
                Ok(Event::InitApply(map) | Event::Apply(map)) => return format!("+{}", map.name_any()),
                Ok(Event::Delete(map)) => return format!("-{}", map.name_any()),
                Ok(Event::InitDone) => return "done".to_owned(),
                // It looks again by itself.
                Err(_) => {}
            }
        }
    };
    tokio::time::timeout(e2e::PATIENCE, told).await.expect("something happens")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_what_changes_and_survives_a_cut() {
    // REQ-LAB-04
    let place = Place::with_lab("watch").await;
    let ours = |name: &str| {
        let mut map = config_map(name, &json!({ "a": "1" }));
        map["metadata"]["labels"] = json!({ "app.kubernetes.io/managed-by": "opencode-gateway" });
        map
    };
    place.as_gateway("ConfigMap", &place.lab, &ours("first")).await.unwrap();
    place.as_gateway("ConfigMap", &place.lab, &config_map("unmarked", &json!({}))).await.unwrap();
    let all: Api<ConfigMap> = Api::all(place.administrator.clone());
    let config = watcher::Config::default().labels("app.kubernetes.io/managed-by=opencode-gateway");
    let mut events = pin!(watcher(all, config));
    assert_eq!(next(&mut events).await, "+first");
    assert_eq!(next(&mut events).await, "done");
    place.as_gateway("ConfigMap", &place.lab, &ours("second")).await.unwrap();
    assert_eq!(next(&mut events).await, "+second");

    // It goes on where it was.
    place.double().cluster().cut_watches();
    place.as_gateway("ConfigMap", &place.lab, &ours("third")).await.unwrap();
    assert_eq!(next(&mut events).await, "+third");
    place.config_maps().delete("first", &Default::default()).await.unwrap();
    assert_eq!(next(&mut events).await, "-first");

    // What loses its label is gone for whoever watches labels.
    place.as_gateway("ConfigMap", &place.lab, &config_map("second", &json!({ "a": "1" }))).await.unwrap();
    assert_eq!(next(&mut events).await, "-second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_too_old_is_gone_and_a_bookmark_ends_a_watch() {
    // REQ-LAB-04
    let place = Place::with_lab("old").await;
    let old = place.config_maps().list(&Default::default()).await.unwrap().metadata.resource_version.unwrap();
    place.as_gateway("Namespace", "", &namespace("older-lab")).await.unwrap();
    place.double().cluster().forget_history();
    let watched = place.config_maps().watch(&WatchParams::default(), &old).await.unwrap();
    let events: Vec<_> = watched.try_collect().await.unwrap();
    let [WatchEvent::Error(status)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
    assert!(status.message.starts_with(&format!("too old resource version: {old} (")), "{}", status.message);

    let now = place.config_maps().list(&Default::default()).await.unwrap().metadata.resource_version.unwrap();
    let short = WatchParams::default().timeout(1);
    let watched = place.config_maps().watch(&short, &now).await.unwrap();
    let events: Vec<_> = watched.try_collect().await.unwrap();
    let [WatchEvent::Bookmark(bookmark)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(bookmark.metadata.resource_version, now);
}
