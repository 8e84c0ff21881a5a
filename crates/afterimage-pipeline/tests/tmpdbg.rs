mod rig;
use afterimage_base::SourceUrl;
use afterimage_pipeline::camera::*;
use afterimage_pipeline::capture::{self, RtspOptions, Source};
use afterimage_pipeline::decode::Decoder;
use rig::*;
#[tokio::test]
async fn dbg() {
    for (codec, b_frames, audio) in [(PatternCodec::H264, false, PatternAudio::None), (PatternCodec::H265, true, PatternAudio::None), (PatternCodec::H264, false, PatternAudio::Aac),(PatternCodec::H264, false, PatternAudio::Opus),(PatternCodec::H264, false, PatternAudio::Pcmu)] {
        let camera = camera(Footage::ClockPattern(ClockPattern { codec, b_frames, audio, ..small() }));
        let url = SourceUrl::parse(&camera.url(0)).unwrap();
        let mut c = capture::open(&Source::Rtsp(url, RtspOptions::default()), clock()).unwrap();
        let t = take(&mut c, 30).await.unwrap();
        println!("{codec:?} {b_frames} {audio:?}");
        for s in t.of_kind(true).iter().take(12) { println!("  v p={} d={:?} {} {}", s.presentation.0, s.decode.map(|d| d.0), s.is_sync, s.data.len()); }
        for s in t.of_kind(false).iter().take(6) { println!("  a p={} dur={:?} {}", s.presentation.0, s.duration.map(|d| d.0), s.data.len()); }
        println!("  a without: {}", t.of_kind(false).iter().filter(|s| s.duration.is_none()).count());
        let f = t.video_fragment();
        let mut d = Decoder::new(t.video_track()).unwrap();
        let fr = d.decode_fragment(&f, &(0..f.len()).collect::<Vec<_>>()).unwrap();
        println!("{:?}", fr.iter().take(12).map(|x| (x.sample_index, x.counter())).collect::<Vec<_>>());
    }
}
