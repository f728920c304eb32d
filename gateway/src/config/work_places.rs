//! The sections about a session's work: where it runs, and how it leaves.

use super::lab_rules::{self, LabSurroundings};
use super::{File, Variables, delivery_rules};
use crate::cluster::Identity;
use crate::deliveries::DeliveryConfig;
use crate::front::Entrance;
use crate::lab::LabConfig;
use crate::workspace;
use std::net::SocketAddr;
use std::path::Path;

/// Where work runs, and how it leaves.
pub(super) fn read(
    file: &File,
    variables: &Variables<'_>,
    (state, workspaces, cluster, entrances): WorkPlaces<'_>,
    faults: &mut Vec<String>,
) -> (LabConfig, DeliveryConfig) {
    let place = LabSurroundings { cluster, entrances };
    let labs = lab_rules::read(file, variables, state, workspaces, place, faults);
    (labs, delivery_rules::read(file, variables, state, workspaces, faults))
}

/// The state, the workspaces, who this is in a cluster, and what is served where.
pub(super) type WorkPlaces<'a> =
    (&'a Path, &'a workspace::Config, Option<&'a Identity>, &'a [(SocketAddr, Entrance)]);
