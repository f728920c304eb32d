// The part of Bun's foreign function interface that is used; its own types would bring all of Bun's.
declare module "bun:ffi" {
  type Pointer = number & { readonly pointer: unique symbol }
  type Signature = { args: readonly string[]; returns: string }
  export class CString extends String {
    constructor(at: Pointer)
    readonly byteLength: number
  }
  export function ptr(bytes: Uint8Array): Pointer
  export function toArrayBuffer(at: Pointer, offset: number, length: number): ArrayBuffer
  export function dlopen(
    name: string,
    symbols: Record<string, Signature>,
  ): { symbols: { getenv(name: Pointer): Pointer | null; unsetenv(name: Pointer): number; prctl(...numbers: number[]): number } }
}
