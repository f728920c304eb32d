//! The files: ConfigMaps, and the volume that gives them their paths back.

use super::{FilesBy, LabSpec, fetch_manifest};
use crate::lab::kubernetes::lab_files::{FilePack, LabFile};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    ConfigMap, ConfigMapProjection, ConfigMapVolumeSource, KeyToPath, ProjectedVolumeSource, Volume,
    VolumeProjection,
};
use std::collections::BTreeMap;

pub(super) const VOLUME: &str = "config";

const PLAIN: i32 = 0o644;
const RUNS: i32 = 0o755;

/// `shop-auth-config`, `shop-auth-config-2`.
fn name(spec: &LabSpec, number: usize) -> String {
    let first = format!("{}-config", spec.place.name);
    if number == 0 { first } else { format!("{first}-{}", number + 1) }
}

pub(super) fn config_maps(spec: &LabSpec) -> Vec<ConfigMap> {
    let FilesBy::Maps(packs) = &spec.files else { return vec![] };
    let map = |(number, pack): (usize, &FilePack)| {
        let (mut data, mut binary_data) = (BTreeMap::new(), BTreeMap::new());
        for (key, LabFile { content, .. }) in &pack.files {
            match std::str::from_utf8(content) {
                Ok(text) => drop(data.insert(key.clone(), text.to_owned())),
                Err(_) => drop(binary_data.insert(key.clone(), ByteString(content.clone()))),
            }
        }
        ConfigMap {
            metadata: spec.named(&name(spec, number)),
            data: Some(data),
            binary_data: (!binary_data.is_empty()).then_some(binary_data),
            immutable: None,
        }
    };
    packs.iter().enumerate().map(map).collect()
}

/// One map is mounted as such; several share a volume.
pub(super) fn volume(spec: &LabSpec) -> Volume {
    let FilesBy::Maps(packs) = &spec.files else { return fetch_manifest::volume(spec) };
    let volume = Volume { name: VOLUME.to_owned(), ..Volume::default() };
    match &packs[..] {
        [only] => Volume {
            config_map: Some(ConfigMapVolumeSource {
                name: name(spec, 0),
                items: Some(items(only)),
                default_mode: Some(PLAIN),
                optional: None,
            }),
            ..volume
        },
        several => Volume {
            projected: Some(ProjectedVolumeSource {
                default_mode: Some(PLAIN),
                sources: Some(several.iter().enumerate().map(|(n, pack)| source(spec, n, pack)).collect()),
            }),
            ..volume
        },
    }
}

fn source(spec: &LabSpec, number: usize, pack: &FilePack) -> VolumeProjection {
    let map = ConfigMapProjection { name: name(spec, number), items: Some(items(pack)), optional: None };
    VolumeProjection { config_map: Some(map), ..VolumeProjection::default() }
}

fn items(pack: &FilePack) -> Vec<KeyToPath> {
    let item = |(key, file): &(String, LabFile)| KeyToPath {
        key: key.clone(),
        path: file.path.clone(),
        mode: file.runs.then_some(RUNS),
    };
    pack.files.iter().map(item).collect()
}
