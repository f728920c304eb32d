//! Removes labs: what carries our label, by name and uid, and nothing else ever.

use super::api_fault::Fault;
use super::lab_place::label_value;
use super::manifests::{ATTEMPT, MANAGED_BY, OURS, SESSION};
use super::namespaces::{is_ours, still_there};
use gateway_domain::LabOutcome;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Service};
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{DeleteParams, ListParams, Preconditions, PropagationPolicy};
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::time::Duration;

/// A namespace with a pod in it is usually gone within ten seconds. One that says what holds it is not waited for longer.
const GONE_WITHIN: usize = 60;
const HELD_AFTER: usize = 15;
const LOOK: Duration = Duration::from_secs(1);

/// Namespaces of labs, for those who list them.
pub(super) async fn all(client: &Client) -> Result<Vec<Namespace>, kube::Error> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let ours = ListParams::default().labels(&format!("{MANAGED_BY}={OURS}"));
    Ok(namespaces.list(&ours).await?.items)
}

/// All that is there of a session's attempt.
pub(super) async fn remove(client: &Client, session: &str, attempt: &str, followed: bool) -> LabOutcome {
    let done = async {
        for found in of_session(client, session).await? {
            // A later attempt may have it by now.
            if in_it(client, &found.name_any()).await?.is_some_and(|there| is_later(&there, attempt)) {
                continue;
            }
            if followed {
                make_room(client, &found.name_any()).await?;
            } else if let Some(what) = remove_whole(client, &found).await? {
                return Ok(LabOutcome::Stuck { what });
            }
        }
        Ok::<_, kube::Error>(LabOutcome::Gone)
    };
    done.await.unwrap_or_else(|error| {
        let fault = Fault::of(&error, "the namespace");
        // Outside of a deploy nobody tries again by itself.
        let what = if fault.passes { "the cluster does not answer.".to_owned() } else { fault.sentence };
        LabOutcome::Stuck { what }
    })
}

async fn of_session(client: &Client, session: &str) -> Result<Vec<Namespace>, kube::Error> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let session = label_value(session);
    let its = ListParams::default().labels(&format!("{MANAGED_BY}={OURS},{SESSION}={session}"));
    let found = namespaces.list(&its).await?.items;
    // The server did choose, and so does this: a deletion rests on no one's word but what is read here.
    Ok(found.into_iter().filter(|one| is_ours(one) && one.labels().get(SESSION) == Some(&session)).collect())
}

/// The attempt whose deployment is in a namespace, as its label has it.
async fn in_it(client: &Client, space: &str) -> Result<Option<String>, kube::Error> {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), space);
    let ours = ListParams::default().labels(&format!("{MANAGED_BY}={OURS}"));
    let found = deployments.list(&ours).await?.items;
    Ok(found.iter().find_map(|one| one.labels().get(ATTEMPT).cloned()))
}

/// Attempts of one session end in a number that rises. One whose name had to be mapped has none.
fn is_later(label: &str, attempt: &str) -> bool {
    let order = |name: &str| (name.len(), name.to_owned());
    label_value(attempt) == attempt && order(label) > order(attempt)
}

/// What failed goes; the namespace, its quota and its policies stay for the attempt that follows.
async fn make_room(client: &Client, space: &str) -> Result<(), kube::Error> {
    let all = format!("{MANAGED_BY}={OURS}");
    remove_kind::<Deployment>(client, space, &all).await?;
    remove_kind::<Ingress>(client, space, &all).await?;
    remove_kind::<Service>(client, space, &all).await?;
    remove_kind::<ConfigMap>(client, space, &all).await
}

/// Ends what runs of an attempt, and leaves the rest.
pub(super) async fn remove_deployment(
    client: &Client,
    space: &str,
    attempt: &str,
) -> Result<(), kube::Error> {
    let its = format!("{MANAGED_BY}={OURS},{ATTEMPT}={}", label_value(attempt));
    remove_kind::<Deployment>(client, space, &its).await
}

async fn remove_kind<K>(client: &Client, space: &str, labels: &str) -> Result<(), kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + DeserializeOwned + Clone + Debug,
{
    let objects: Api<K> = Api::namespaced(client.clone(), space);
    for object in objects.list(&ListParams::default().labels(labels)).await?.items {
        delete(&objects, &object).await?;
    }
    Ok(())
}

/// This very one, if it is ours: a namesake that came meanwhile stays.
pub(super) async fn delete<K>(objects: &Api<K>, object: &K) -> Result<(), kube::Error>
where
    K: Resource + DeserializeOwned + Clone + Debug,
{
    if object.meta().labels.as_ref().and_then(|labels| labels.get(MANAGED_BY)).map(String::as_str)
        != Some(OURS)
    {
        return Ok(());
    }
    let params = DeleteParams {
        preconditions: Some(Preconditions { uid: object.meta().uid.clone(), resource_version: None }),
        propagation_policy: Some(PropagationPolicy::Background),
        ..DeleteParams::default()
    };
    match objects.delete(object.meta().name.as_deref().unwrap_or_default(), &params).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Until it is gone; or what keeps it.
async fn remove_whole(client: &Client, found: &Namespace) -> Result<Option<String>, kube::Error> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let name = found.name_any();
    if found.metadata.deletion_timestamp.is_none() {
        delete(&namespaces, found).await?;
    }
    let mut newest = found.clone();
    for look in 0..GONE_WITHIN {
        match namespaces.get_opt(&name).await? {
            Some(still) if still.uid() == found.uid() => newest = still,
            _ => return Ok(None),
        }
        if look >= HELD_AFTER && !still_there(&newest).is_empty() {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let why = still_there(&newest);
    Ok(Some(format!("the namespace {name} is still being removed{why}.")))
}
