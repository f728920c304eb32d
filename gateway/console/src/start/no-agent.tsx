// Nobody is there who could work: what is missing, and how it gets there.
import { Notice } from "../kit/notice.tsx"

export function NoAgent() {
  return (
    <Notice tone="warning" title="No agent is connected">
      <p>Sessions run in OpenCode, and no OpenCode is connected to this gateway right now. What you type here is saved.</p>
      <details className="mt-1.5">
        <summary className="cursor-pointer font-medium">How to connect one</summary>
        <ol className="mt-1.5 list-decimal space-y-1 pl-5">
          <li>Add the gateway's plugin to the configuration of OpenCode.</li>
          <li>Give OpenCode the address of this gateway (<code>GATEWAY_URL</code>) and its bridge token (<code>BRIDGE_TOKEN</code>).</li>
          <li>Start OpenCode and open a repository in it. It appears here within seconds.</li>
        </ol>
        <p className="mt-1.5">If you don't run OpenCode yourself, tell whoever runs this gateway.</p>
      </details>
    </Notice>
  )
}
