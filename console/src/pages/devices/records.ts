// How what a kiosk sent is shown in place, and what it is called when it is saved.

export type Shows = 'picture' | 'film' | 'file';

/// showsAs asks the browser: a film that it says it cannot play is offered for saving only. What it may play is tried.
export function showsAs(type: string, canPlay: (type: string) => string): Shows {
  if (type.startsWith('image/')) return 'picture';
  return type.startsWith('video/') && canPlay(type) !== '' ? 'film' : 'file';
}

const ENDING: Record<string, string> = {
  'image/jpeg': 'jpg', 'image/png': 'png', 'video/webm': 'webm', 'video/x-matroska': 'mkv', 'video/mp4': 'mp4', 'video/mp2t': 'ts',
};

/// fileName gives a recording an ending, so that the machine it is saved on knows a player for it.
export function fileName(id: string, type: string): string {
  const ending = ENDING[type];
  return ending ? `${id}.${ending}` : id;
}
