// PolicyParts is what one revision holds: the network part and the sections of the kiosk's defence.
import type { Defence, NetworkTemplate, PolicyDetail } from '../../api/types';

export interface PolicyParts { network: NetworkTemplate; defence: Defence }
export const partsOf = ({ network, defence }: PolicyDetail): PolicyParts => ({ network, defence });
