//! `gateway doctor`: the gateway's rights in the cluster.

use super::doctor::{Finding, Level};
use crate::clock;
use crate::cluster::rights::{self, On};
use crate::cluster::{Cluster, Identity, RightState};
use crate::lab::LabEngine;

pub(super) async fn look(identity: Option<&Identity>, labs: &LabEngine, findings: &mut Vec<Finding>) {
    let Some(identity) = identity else { return };
    let mut add = |check, level, says: String| findings.push(Finding { check, level, says });
    let cluster = match Cluster::reach(identity.clone(), clock::system()).await {
        Ok(cluster) => cluster,
        Err(error) => return add("cluster", Level::Fault, format!("{:#}", anyhow::Error::from(error))),
    };
    let of_labs = match labs {
        LabEngine::Kubernetes(_) => &rights::LAB_RIGHTS[..],
        LabEngine::Process | LabEngine::Off => &[],
    };
    for right in rights::ALL_RIGHTS.iter().chain(of_labs) {
        let what = format!("{} {} (to {})", right.verb, right.resource, right.why);
        match cluster.may(right).await {
            Ok(RightState::Granted) => add("rights", Level::Ok, what),
            Ok(RightState::Missing(reason)) => {
                let file = match right.on {
                    On::Cluster => "cluster/access.yaml",
                    On::Labs => "components/labs/access.yaml",
                    On::Namespace | On::Named(_) | On::OwnPods => "components/gateway/access.yaml",
                };
                let says = format!("{what} not granted {reason}; apply {file}");
                add("rights", Level::Fault, says);
            }
            Err(error) => {
                add(
                    "rights",
                    Level::Fault,
                    format!("{what} could not be checked: {:#}", anyhow::Error::from(error)),
                );
            }
        }
    }
}
