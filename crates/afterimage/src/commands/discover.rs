//! `afterimage discover`: cameras that are not streams yet, and what one of them offers.

use crate::cli::{Discover, DiscoverProfiles};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::{camera_password, output};
use afterimage_api::dto::{DiscoveryView, ProfileList, ProfileView, ProfilesQuery};

pub async fn run(
    connection: &Connection,
    json: bool,
    command: Option<Discover>,
) -> Result<(), Failure> {
    match command {
        None => {
            let found = connection.client.discover().await?;
            if json { output::json(&found) } else { tell_found(&found) }
        }
        Some(Discover::Profiles(options)) => {
            let told = connection.client.profiles(&query(options).await?).await?;
            if json { output::json(&told) } else { tell_profiles(&told) }
        }
    }
    Ok(())
}

fn tell_found(found: &DiscoveryView) {
    let stream = |stream: &Option<String>| stream.clone().unwrap_or_default();
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend(found.cameras.iter().map(|camera| {
        vec![
            "onvif".to_owned(),
            camera.name.clone(),
            camera.hardware.clone().unwrap_or_default(),
            camera.service.clone(),
            stream(&camera.stream),
        ]
    }));
    rows.extend(found.webcams.iter().map(|webcam| {
        vec![
            "webcam".to_owned(),
            webcam.name.clone(),
            String::new(),
            webcam.source.clone(),
            stream(&webcam.stream),
        ]
    }));
    if !rows.is_empty() {
        output::table(&["KIND", "NAME", "HARDWARE", "ADDRESS", "RECORDED AS"], &rows);
    }
    for note in found.notes.iter().chain(&found.webcam_notes) {
        eprintln!("{note}");
    }
}

async fn query(options: DiscoverProfiles) -> Result<ProfilesQuery, Failure> {
    let DiscoverProfiles { camera, user } = options;
    let service = if camera.contains("://") {
        camera
    } else {
        format!("http://{camera}/onvif/device_service")
    };
    let password = match &user {
        Some(user) => Some(camera_password::of(user).await?.expose().to_owned()),
        None => None,
    };
    Ok(ProfilesQuery { service, user, password })
}

fn tell_profiles(told: &ProfileList) {
    let rows: Vec<Vec<String>> = told.profiles.iter().map(row).collect();
    output::table(&["NAME", "CODEC", "SIZE", "FPS", "SOURCE"], &rows);
    if let Some(skew) = told.clock_skew_micros {
        output::line(format_args!("Its clock is {}.", output::skew(skew)));
    }
}

fn row(profile: &ProfileView) -> Vec<String> {
    let size = profile.width.zip(profile.height);
    vec![
        profile.name.clone(),
        profile.codec.clone().unwrap_or_default(),
        size.map(|(width, height)| format!("{width}×{height}")).unwrap_or_default(),
        profile.frames_per_second.map(|rate| format!("{rate}")).unwrap_or_default(),
        profile.url.clone(),
    ]
}
