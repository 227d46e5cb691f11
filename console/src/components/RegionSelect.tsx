// RegionSelect chooses regions of the tree; RegionNames shows those that somebody has.
import { TreeSelect } from 'antd';
import type { Region } from '../api/types';

interface Node { value: string; title: string; key: string; children: Node[] }

/// regionTree makes the tree of what the platform lists; a region whose parent is out of scope stands at the top.
export function regionTree(regions: Region[]): Node[] {
  const nodes = new Map(regions.map((r) => [r.id, { value: r.id, key: r.id, title: r.name, children: [] as Node[] }]));
  const tops: Node[] = [];
  for (const region of regions) {
    const node = nodes.get(region.id)!;
    (nodes.get(region.parent)?.children ?? tops).push(node);
  }
  return tops;
}

interface Props {
  regions: Region[];
  multiple?: boolean;
  value?: string | string[];
  onChange?: (value: string | string[]) => void;
  testId: string;
}

export function RegionSelect({ regions, multiple = false, value, onChange, testId }: Props) {
  return (
    <TreeSelect treeData={regionTree(regions)} value={value} onChange={(v: string | string[]) => onChange?.(v)} multiple={multiple} treeDefaultExpandAll
      showSearch treeNodeFilterProp="title" style={{ width: '100%' }} data-testid={testId} />
  );
}

export function RegionNames({ ids, regions }: { ids: string[]; regions: Region[] }) {
  return <span>{ids.map((id) => regions.find((r) => r.id === id)?.name ?? id.slice(0, 8)).join('、') || '—'}</span>;
}
