"""Words that the duty of clean language is about, each turned by thirteen letters (rot13).

They are kept turned so that whoever reads or searches this code need not read them. Spelled without accents, as
`guidelines.folding` leaves a text.
"""

import codecs


def turned(words: str) -> frozenset[str]:
    """The words behind a turned list."""
    return frozenset(codecs.decode(words, "rot13").split())


COARSE = turned(
    """
    nefpu nefputrvtr nefputrfvpug nefpuxevrpure nefpuybpu nefpuybpure nefr nefrubyr nefrubyrf nffubyr nffubyrf
    onfgneq onfgneqf ongneq ongneqf ongfuvg orfpuvffra orfpuvffrar orfpuvffrara orfpuvffrare orfpuvffrarf ovngpu
    ovgpu ovgpurf ovgpuvat ovgpul obyybpxf obeqry oenayrhe oenayrhef ogpu ohyyfuvg pnoeba pnoeban pnoebarf pnenwb
    puvre puvatnqn puvatnqb puvatnqbf puvatne puvatngr puvathra pbpxfhpxre pbpxfhpxref pbwbarf pbzrzvreqn pbaaneq
    pbaaneqf pbaanffr pbaanffrf pbaarevr pbaarevrf pbhvyyr pbhvyyrf phyreb phyrebf phag phagf qrzreqr qvpxurnq
    qvpxurnqf qvcfuvg qbhpuront qbhpurontf qerpxfnpx qerpxfnh qerpxfpujrva qhzonff rzzreqnag rzzreqr rzzreqre
    rzzreqrf rzzreqrhe raphyr raphyrr raphyre raphyrf rasbver rasbverr rasbverf spx spxvat svpxr svpxra sbgmr
    sbgmra sbhger shpx shpxrq shpxre shpxref shpxva shpxvat shpxf shpxgneq shpxhc shx shxvat sipx trsvpxg
    tvyvcbyynf tvyvcbyyrprf uvwbchgn uvwbchgnf uvwhrchgn ubefrfuvg uherafbua uherafbuar wnpxnff wbqna wbqnf wbqra
    wbqrbf wbqre wbqrf wbqrgr wbqvqn wbqvqnf wbqvqb wbqvqbf znycnevqn znycnevqb znycnevqbf zreqr zreqrf zreqvdhr
    zreqvdhrf zvreqn zvreqnf zvreqbfb zvfgfghpx zvfgfghrpx zbgureshpxre zbgureshpxref zbgureshpxvat avdhre avdhrm
    ahggr ahggra craqrwn craqrwnqn craqrwb craqrwbf cuhpx chgn chgnqn chgnqnf chgnva chgnvaf chgnf chgr chgrf chgb
    chgbf fnynhq fnynhqf fnybcr fnybcrevr fnybcrf fpurvff fpurvffqerpx fpurvffr fpuynzcr fpuynzcra fpujnamyhgfpure
    fuvg fuvgurnq fuvgurnqf fuvgubyr fuvgf fuvgfubj fuvggvat fuvggl fyhg fyhgf fznegnff gebhqhp gjng gjngf
    irenefpura irenefpug irecvff irecvffra irecvffg irefpuvffra jnaxre jnaxref juber juberf jvpufra jvpufre
    """
)
SLURS = turned(
    """
    obhtabhyr obhtabhyrf snttbg snttbgf tbbx tbbxf tbhvar tbhvarf xnanxr xnanxra znevpba znevpbarf zvfftroheg artre
    artrea artengn artengnf arter arterf arterffr avttn avttnf avttre avttref enturnq enturnqf fpujhpugry
    fpujhpugrya fcnfg fcnfgra fcnfgv fhqnpn fhqnpnf gneybhmr gneybhmrf jrgonpx jrgonpxf lbhcva lbhcvaf
    """
)

# Harmless in the other languages (a delay, a preposition, a name), so looked for only where a text is in this one.
COARSE_IN = {
    "en": turned("nff nffrf cvff jnax qvpx qvpxf"),
    "de": turned("svpx svpxg svpxfg uher uhera xnpxr xnpxg"),
    "es": turned("iretn iretnf cbyyn cbyynf"),
    "fr": turned("pba pbaf pbaar pbaarf ovgr ovgrf"),
}
SLURS_IN = {
    "en": turned("snt sntf ergneq ergneqf ergneqrq xvxr xvxrf cnxv cnxvf fcvp fcvpf genaal genaavrf"),
    "de": turned("mvtrhare"),
    "es": turned("znevpn znevpnf fhoabezny fhoabeznyrf"),
    "fr": turned("crqr crqrf"),
}

# Coarse only with its tilde: without it, another word.
WITH_TILDE = turned("pbab pbabf")

# Coarse only without a capital letter: with it, a name.
ALSO_NAMES = turned("qvpx qvpxf")

# Coarse wherever they stand within a word, for the sake of compounds.
STEMS = turned("shpx fpurvff nefpuybpu uherafbua tvyvcbyy")

PHRASES = tuple(
    codecs.decode(phrase, "rot13")
    for phrase in (
        "cvff bss",
        "cvffrq bss",
        "fuhg gur shpx hc",
        "gebh qh phy",
        "gn thrhyr",
        "srezr gn thrhyr",
        "in gr snver ibve",
        "yrpx zvpu",
        "unyg qvr serffr",
        "unyg qvr fpuanhmr",
        "irgr ny qvnoyb",
        "avdhr gn",
    )
)
