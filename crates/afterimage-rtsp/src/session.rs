//! One session with one camera: set up, play, hand over, end.
//!
//! Belongs here: the conversation through retina. Not here: which frames are kept
//! ([`crate::intake`]), when this runs ([`crate::drain`]). It is one future: polled by the clock
//! for TCP, by its sockets for UDP. retina sends the keep-alives, at half the server's timeout
//! (30 s as a rule), so being polled once a second is soon enough.

use crate::drain::Pace;
use crate::fault;
use crate::intake::{Intake, Picture, Sound};
use crate::offer::{self, Chosen, Offered, SoundCoding};
use crate::options::{RtspOptions, Transport};
use crate::times::{ClockStepped, SessionTimes};
use crate::tracks;
use crate::voice::Voice;
use afterimage_base::SourceUrl;
use afterimage_media::{CaptureError, CaptureEvent, CaptureFailure};
use bytes::Bytes;
use futures::StreamExt;
use retina::client::{
    Credentials, Demuxed, Described, InitialTimestampPolicy, PlayOptions, Session, SessionOptions,
    SetupOptions, TcpTransportOptions, UdpTransportOptions,
};
use retina::codec::{AudioFrame, CodecItem, FrameFormat};
use retina::rtcp::{PacketRef, ReceivedCompoundPacket};
use std::num::NonZeroU16;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

/// What a session hands over at a time; after an error nothing comes.
pub type Batch = Result<Vec<CaptureEvent>, CaptureError>;

/// From connecting to the answer to PLAY.
const SET_UP_WITHIN: Duration = Duration::from_secs(10);

/// A camera that sends pictures but no key frame for this long can't be recorded.
const KEY_FRAME_WITHIN: Duration = Duration::from_secs(60);

/// A batch of so many events is handed over even if there is more to read.
const FULL_BATCH: usize = 512;

/// A batch of so many bytes is handed over even if its time has not come.
const LARGE_BATCH: usize = 2 << 20;

/// A batch without a key frame ends no fragment, so it may wait; not longer than this.
const BATCH_WITHIN: Duration = Duration::from_secs(4);

/// Runs a session until it fails or its caller is gone. Says on `opened` whether it plays.
pub async fn run(
    url: SourceUrl,
    options: RtspOptions,
    pace: Arc<Pace>,
    mut opened: oneshot::Sender<Result<(), CaptureError>>,
    events: mpsc::Sender<Batch>,
) {
    let set_up = tokio::select! {
        () = opened.closed() => return,
        set_up = timeout(SET_UP_WITHIN, set_up(&url, &options)) => set_up,
    };
    let playing = set_up.unwrap_or_else(|_| {
        Err(CaptureError::new(
            CaptureFailure::Unreachable,
            format!("{} did not answer within {} s; check the address, that the camera is on, and that no firewall is between", url.address, SET_UP_WITHIN.as_secs()),
        ))
    });
    let mut playing = match playing {
        Ok(playing) => playing,
        Err(error) => {
            let _ = opened.send(Err(error));
            return;
        }
    };
    pace.opened();
    if opened.send(Ok(())).is_err() {
        return;
    }
    let error = tokio::select! {
        () = events.closed() => return,
        error = playing.play(&options, &pace, &events) => error,
    };
    let _ = events.send(Err(error)).await;
}

/// A camera that plays.
struct Playing {
    demuxed: Demuxed,
    chosen: Chosen,
    /// Encodes the sound, where it can't be kept as it comes.
    voice: Option<Voice>,
    /// Sound has come.
    heard: bool,
    intake: Intake,
    address: String,
    /// The last error that retina went on after; tells why, if it then ends.
    last_fault: Option<String>,
    last_picture: Instant,
    last_sample: Instant,
}

async fn set_up(url: &SourceUrl, options: &RtspOptions) -> Result<Playing, CaptureError> {
    let address = url.address.clone();
    let user = url.credentials.as_ref().map(|(user, _)| user.as_str());
    let refused = |error: retina::Error| fault::while_opening(&error, &address, user);
    let mut session = describe(url).await?;
    let chosen = offer::choose(&offered(&session), &address)?;
    for stream in std::iter::once(chosen.video).chain(chosen.audio.map(|(at, _)| at)) {
        session.setup(stream, set_up_options(options.transport)).await.map_err(refused)?;
    }
    let play = PlayOptions::default().initial_timestamp(InitialTimestampPolicy::Permissive);
    let demuxed = session.play(play).await.and_then(Session::demuxed).map_err(refused)?;
    let voice = match chosen.audio {
        Some((at, SoundCoding::G711(law))) => {
            Voice::new(law, demuxed.streams()[at].clock_rate_hz())
        }
        _ => None,
    };
    let audio_track = match chosen.audio {
        Some((at, SoundCoding::Aac)) => tracks::aac(&demuxed.streams()[at]),
        _ => voice.as_ref().map(Voice::track),
    };
    let video_rate = demuxed.streams()[chosen.video].clock_rate_hz();
    let audio_rate = audio_track.as_ref().map(|track| track.timescale);
    let times = SessionTimes::new(Arc::clone(&options.clock), video_rate, audio_rate);
    Ok(Playing {
        demuxed,
        chosen,
        voice,
        heard: false,
        intake: Intake::new(chosen.video_codec, audio_track, times),
        address,
        last_fault: None,
        last_picture: Instant::now(),
        last_sample: Instant::now(),
    })
}

async fn describe(url: &SourceUrl) -> Result<Session<Described>, CaptureError> {
    let parsed = url::Url::parse(&url.address).map_err(|error| {
        CaptureError::new(
            CaptureFailure::Unsupported,
            format!("{} is no address that can be connected to: {error}", url.address),
        )
    })?;
    let credentials = url.credentials.as_ref().map(|(user, password)| Credentials {
        username: user.clone(),
        password: password.expose().to_owned(),
    });
    let options = SessionOptions::default()
        .creds(credentials)
        .user_agent(concat!("afterimage/", env!("CARGO_PKG_VERSION")).to_owned());
    let user = url.credentials.as_ref().map(|(user, _)| user.as_str());
    Session::describe(parsed, options)
        .await
        .map_err(|error| fault::while_opening(&error, &url.address, user))
}

fn offered(session: &Session<Described>) -> Vec<Offered> {
    session
        .streams()
        .iter()
        .map(|stream| Offered {
            media: stream.media().to_owned(),
            encoding: stream.encoding_name().to_owned(),
            rate: stream.clock_rate_hz(),
            channels: stream.channels().map_or(1, NonZeroU16::get),
        })
        .collect()
}

fn set_up_options(transport: Transport) -> SetupOptions {
    let transport = match transport {
        Transport::Tcp => retina::client::Transport::Tcp(TcpTransportOptions::default()),
        Transport::Udp => retina::client::Transport::Udp(UdpTransportOptions::default()),
    };
    SetupOptions::default().transport(transport).frame_format(FrameFormat::MP4)
}

/// What a look at the camera brought.
enum Look {
    Item(Option<Result<CodecItem, retina::Error>>),
    /// retina panicked; it must not be asked again.
    Broke,
    /// There is nothing more to read now, and there are events to hand over.
    Drained,
    /// It is time to see whether the camera still sends.
    Due,
}

impl Playing {
    async fn play(
        &mut self,
        options: &RtspOptions,
        pace: &Pace,
        events: &mpsc::Sender<Batch>,
    ) -> CaptureError {
        let mut handed_over: Option<Instant> = None;
        let mut check = pin!(sleep_until(Instant::now() + options.silence));
        loop {
            let look = std::future::poll_fn(|context| {
                let pending = self.intake.pending();
                if pending < FULL_BATCH {
                    if let Poll::Ready(look) = self.look(context) {
                        return Poll::Ready(look);
                    }
                    // The first batch tells that the camera records; it does not wait.
                    let waits = handed_over.is_some_and(|last| self.batch_waits(pace, last));
                    if pending == 0 || waits {
                        return check.as_mut().poll(context).map(|()| Look::Due);
                    }
                }
                Poll::Ready(Look::Drained)
            });
            let failed = match look.await {
                Look::Item(item) => self.take(item),
                Look::Broke => Err(self.broke()),
                Look::Drained => {
                    let now = Instant::now();
                    if let Some(last) = handed_over.replace(now) {
                        pace.sends(self.intake.pending_bytes(), now - last);
                    }
                    // A caller that is gone ends the session from outside.
                    let _ = events.send(Ok(self.intake.take())).await;
                    Ok(())
                }
                Look::Due => self.still_sends(options).map(|next| check.as_mut().reset(next)),
            };
            if let Err(error) = failed {
                let rest = self.intake.take();
                if !rest.is_empty() {
                    let _ = events.send(Ok(rest)).await;
                }
                return error;
            }
        }
    }

    /// Whether what is pending may stay so, `last` being when something was handed over.
    fn batch_waits(&self, pace: &Pace, last: Instant) -> bool {
        let is_due = self.intake.has_key_pending() || last.elapsed() >= BATCH_WITHIN;
        let is_turn = pace.is_prompt() || (pace.hands_over() && is_due);
        !is_turn && self.intake.pending_bytes() < LARGE_BATCH
    }

    /// Asks retina for the next item. It panics over a packet that is wrong and at once ends a
    /// picture, if it is asked again after the error (`push with data already pending`, 0.4.21).
    fn look(&mut self, context: &mut Context<'_>) -> Poll<Look> {
        let demuxed = AssertUnwindSafe(|| self.demuxed.poll_next_unpin(context));
        match std::panic::catch_unwind(demuxed) {
            Ok(item) => item.map(Look::Item),
            Err(_) => Poll::Ready(Look::Broke),
        }
    }

    fn take(&mut self, item: Option<Result<CodecItem, retina::Error>>) -> Result<(), CaptureError> {
        match item {
            Some(Ok(CodecItem::VideoFrame(frame))) => {
                self.last_fault = None;
                self.last_picture = Instant::now();
                let picture = Picture {
                    ticks: frame.timestamp().elapsed(),
                    is_key: frame.is_random_access_point(),
                    has_new_parameters: frame.has_new_parameters(),
                    lost: frame.loss(),
                    data: Bytes::from(frame.into_data()),
                };
                let (stream, codec) =
                    (&self.demuxed.streams()[self.chosen.video], self.chosen.video_codec);
                let became_sample = self.intake.picture(picture, || tracks::video(stream, codec));
                if became_sample.map_err(|stepped| self.clock_stepped(stepped))? {
                    self.last_sample = Instant::now();
                }
                Ok(())
            }
            Some(Ok(CodecItem::AudioFrame(frame))) => {
                self.sound(&frame).map_err(|stepped| self.clock_stepped(stepped))
            }
            Some(Ok(CodecItem::Rtcp(packet))) => {
                self.report(&packet);
                Ok(())
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) if fault::is_of_one_packet(&error) => {
                let words = fault::words(&error);
                self.intake.damaged(&words);
                self.last_fault = Some(words);
                Ok(())
            }
            Some(Err(error)) => Err(fault::while_playing(&error, &self.address)),
            None => Err(self.ended()),
        }
    }

    fn sound(&mut self, frame: &AudioFrame) -> Result<(), ClockStepped> {
        let ticks = frame.timestamp().elapsed();
        // PLAY names the first packet before it is sent; those that we came too late for are no loss.
        let lost = if std::mem::replace(&mut self.heard, true) { frame.loss() } else { 0 };
        let Some(voice) = &mut self.voice else {
            return self.intake.sound(Sound {
                ticks,
                duration: frame.frame_length().get(),
                lost,
                data: Bytes::copy_from_slice(frame.data()),
            });
        };
        let sounds = voice.take(ticks, lost, frame.data());
        sounds.into_iter().try_for_each(|sound| self.intake.sound(sound))
    }

    fn report(&mut self, packet: &ReceivedCompoundPacket) {
        let Some(ticks) = packet.rtp_timestamp() else { return };
        let first = packet.pkts().next();
        let Some(Ok(Some(report))) = first.map(PacketRef::as_sender_report) else { return };
        let ntp = report.ntp_timestamp().0;
        let (stream, ticks) = (packet.stream_id(), ticks.elapsed());
        if stream == self.chosen.video {
            self.intake.times().video_report(ntp, ticks);
        } else {
            let ticks = self.voice.as_ref().map_or(ticks, |voice| voice.ticks(ticks));
            self.intake.times().audio_report(ntp, ticks);
        }
    }

    /// When to look again, if the camera sends as it should.
    fn still_sends(&self, options: &RtspOptions) -> Result<Instant, CaptureError> {
        let now = Instant::now();
        let silent = |detail| Err(CaptureError::new(CaptureFailure::Silent, detail));
        if now >= self.last_picture + options.silence {
            let address = &self.address;
            let seconds = options.silence.as_secs();
            return silent(match (&self.last_fault, options.transport) {
                (Some(fault), _) => format!("{address} sends nothing that can be used: {fault}"),
                (None, Transport::Tcp) => format!(
                    "{address} is connected but sent no picture for {seconds} s; restart the camera if this stays"
                ),
                (None, Transport::Udp) => format!(
                    "{address} is connected but no picture came for {seconds} s; a firewall may hold UDP back: switch the stream to TCP"
                ),
            });
        }
        let patience = KEY_FRAME_WITHIN.max(options.silence);
        if now >= self.last_sample + patience {
            return silent(format!(
                "{} sends pictures but no key frame within {} s; set its key frame interval (GOP, I-frame interval) to 2 to 4 seconds",
                self.address,
                patience.as_secs()
            ));
        }
        Ok((self.last_picture + options.silence).min(self.last_sample + patience))
    }

    fn clock_stepped(&self, stepped: ClockStepped) -> CaptureError {
        let seconds = stepped.micros / 1_000_000;
        CaptureError::new(
            CaptureFailure::Unreachable,
            format!(
                "the clock of {} stepped by {seconds} s in the middle of the stream; connecting anew",
                self.address
            ),
        )
    }

    fn broke(&self) -> CaptureError {
        let fault = self.last_fault.as_deref().unwrap_or("no error was told");
        CaptureError::new(
            CaptureFailure::Unreachable,
            format!("{} sent what can't be read past: {fault}; connecting anew", self.address),
        )
    }

    fn ended(&self) -> CaptureError {
        match &self.last_fault {
            Some(_) => self.broke(),
            None => CaptureError::new(
                CaptureFailure::Ended,
                format!("{} ended the stream", self.address),
            ),
        }
    }
}
