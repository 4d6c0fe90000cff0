//! What to do, by hazard and rank. A level of the Meteorological Agency is not an order: the words point to the municipality's.

use kernel::Text;

use crate::model::Hazard;

use super::{advisory_action, tsunami_action};
use crate::publish::TsunamiGrade;

/// What to do now.
pub fn action(hazard: Hazard, rank: u8) -> Text {
    match hazard {
        Hazard::Tsunami => tsunami_action(match rank {
            5 => TsunamiGrade::MajorWarning,
            4 => TsunamiGrade::Warning,
            3 => TsunamiGrade::Advisory,
            _ => TsunamiGrade::Forecast,
        }),
        Hazard::Eew => Text::new(
            "強い揺れに備えてください。頭を守り、丈夫な机の下などで揺れが収まるのを待ってください。",
            "あたまを まもってください。じょうぶな つくえの 下に 入ってください。",
            "Strong shaking is coming. Protect your head and take cover under a sturdy table.",
        ),
        Hazard::AftershockAdvisory => advisory_action(),
        Hazard::Landslide => slope(rank),
        Hazard::HeavyRain | Hazard::Flood | Hazard::Inundation | Hazard::River => water(rank),
        Hazard::StormSurge | Hazard::Waves => coast(rank),
        Hazard::Storm | Hazard::Snowstorm | Hazard::HeavySnow => snow_and_wind(rank),
        Hazard::Thunder | Hazard::Tornado => Text::new(
            "空の様子に注意し、雷や急な風を感じたら丈夫な建物の中へ移動してください。",
            "かみなりや 強い風が 来たら、じょうぶな たてものの 中に 入ってください。",
            "Watch the sky. When you hear thunder or feel sudden wind, go inside a sturdy building.",
        ),
        Hazard::Avalanche | Hazard::Snowmelt | Hazard::SnowAccretion | Hazard::Icing => Text::new(
            "斜面や雪の多い所に近づかず、落雪や足元に注意してください。",
            "山や 屋根の 雪に 近づかないでください。",
            "Keep away from snowy slopes and roofs.",
        ),
        Hazard::Fog => Text::new(
            "見通しが悪くなります。車は速度を落とし、船や交通の情報を確認してください。",
            "遠くが 見えません。車は ゆっくり 走ってください。",
            "Visibility is poor. Drive slowly.",
        ),
        Hazard::Dry => Text::new(
            "火の取り扱いに注意してください。",
            "火を つかうとき 気をつけてください。",
            "Be careful with fire.",
        ),
        Hazard::Cold | Hazard::Frost => Text::new(
            "水道管の凍結や農作物、体調に注意してください。",
            "とても さむいです。体を あたたかくしてください。",
            "Keep warm; protect water pipes and crops.",
        ),
        Hazard::Volcano => Text::new(
            "火山に近づかず、立入規制と市町村の指示に従ってください。",
            "山に 近づかないでください。市や 町や 村の 話を 聞いてください。",
            "Stay away from the volcano and follow the municipality's instructions.",
        ),
        Hazard::Ash => Text::new(
            "外出を控え、外ではマスクなどで灰を吸い込まないようにしてください。",
            "外に 出ないでください。マスクを してください。",
            "Stay indoors; wear a mask outside.",
        ),
        Hazard::Other => Text::new(
            "最新の情報を確認してください。",
            "新しい お知らせを 見てください。",
            "Check the latest information.",
        ),
    }
}

fn water(rank: u8) -> Text {
    match rank {
        5 => last_resort(),
        4 => Text::new(
            "災害のおそれが高い状況です。川や低い土地など危険な場所にいる人は、市町村の避難情報を確認し、安全な場所へ移動してください。",
            "とても あぶないです。川や ひくい 所から はなれて、あんぜんな 所へ 行ってください。",
            "Great danger. Leave rivers and low ground for a safe place; check your municipality's evacuation orders.",
        ),
        3 => Text::new(
            "高齢の人など移動に時間がかかる人は早めに移動を考えてください。ほかの人も市町村の避難情報とハザードマップを確認してください。",
            "お年よりや 体の ふじゆうな 人は、早く にげる じゅんびを してください。",
            "People who need time should consider leaving early. Everyone: check hazard maps and your municipality's orders.",
        ),
        _ => prepare(),
    }
}

fn slope(rank: u8) -> Text {
    match rank {
        5 => last_resort(),
        4 => Text::new(
            "土砂災害のおそれが高い状況です。がけや沢の近くにいる人は、市町村の避難情報を確認し、安全な場所へ移動してください。",
            "がけくずれが おきそうです。がけや 山の 近くから はなれて、あんぜんな 所へ 行ってください。",
            "Landslides are likely. Leave slopes and gullies for a safe place; check your municipality's evacuation orders.",
        ),
        3 => Text::new(
            "がけや沢の近くの人は早めの移動を考えてください。高齢の人などは特に早めに、市町村の避難情報を確認してください。",
            "がけや 山の 近くの人は、早く にげる じゅんびを してください。",
            "Near slopes, consider leaving early, above all if you need time. Check your municipality's orders.",
        ),
        _ => prepare(),
    }
}

fn coast(rank: u8) -> Text {
    match rank {
        5 => last_resort(),
        3 | 4 => Text::new(
            "海岸や河口に近づかないでください。低い土地にいる人は市町村の避難情報を確認し、早めに安全な場所へ移動してください。",
            "海に 近づかないでください。ひくい 所の 人は、早く あんぜんな 所へ 行ってください。",
            "Keep away from the shore. On low ground, move early to a safe place and check your municipality's orders.",
        ),
        _ => Text::new(
            "海岸に近づくときは波に注意してください。",
            "海の 近くでは 気をつけてください。",
            "Take care near the shore.",
        ),
    }
}

fn snow_and_wind(rank: u8) -> Text {
    match rank {
        5 => Text::new(
            "数十年に一度の状況です。外出をやめ、丈夫な建物の中で身を守ってください。",
            "いのちが あぶないです。外に 出ないでください。",
            "Life-threatening. Do not go out; stay in a sturdy building.",
        ),
        3 | 4 => Text::new(
            "不要な外出を控えてください。車の立ち往生、停電、飛来物、屋根からの落雪に注意してください。",
            "外に 出ないでください。車が 動かなくなったり、電気が 止まったり します。",
            "Avoid going out. Beware of stranded cars, power cuts, flying objects and snow falling from roofs.",
        ),
        _ => Text::new(
            "外出や運転は時間に余裕を持ち、最新の情報を確認してください。",
            "外に 出るときは 気をつけてください。",
            "Allow extra time outdoors and on the road; check the latest information.",
        ),
    }
}

fn prepare() -> Text {
    Text::new(
        "ハザードマップと避難先を確認し、最新の情報に注意してください。",
        "にげる 場所を たしかめてください。新しい お知らせを 見てください。",
        "Check hazard maps and where you would go; follow the latest information.",
    )
}

fn last_resort() -> Text {
    Text::new(
        "災害がすでに起きているか、今にも起きるおそれがあります。命を守るため、今いる場所より少しでも安全な場所へ直ちに移動してください。",
        "いのちが あぶないです。今すぐ、少しでも あんぜんな 所へ 行ってください。",
        "A disaster is happening or about to happen. Move at once to the safest place you can reach.",
    )
}
