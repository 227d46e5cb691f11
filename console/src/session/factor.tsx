// FactorFields asks for the second factor of a form: a code, a passkey, or a UKey's answer that is made in a shell.
import { Alert, Button, Form, Input, Segmented, Typography } from 'antd';
import { useState } from 'react';
import { ApiError } from '../api/client';
import type { Challenge, FactorAnswer, FactorKind } from '../api/types';
import { useI18n } from '../i18n/language';
import { available, showPasskey } from './webauthn';

export type Factor = 'totp' | FactorKind;
/// What is shown: the member of the request's body.
export type Shown = { code: string } | { answer: FactorAnswer };

interface Chosen {
  factor: Factor;
  setFactor: (factor: Factor) => void;
  challenge: Challenge | undefined;
  load: () => Promise<void>;
  error: string | undefined;
  /// Shows the factor: `code` and `ukey` are the form's fields.
  show: (values: { code?: string; ukey?: string }) => Promise<Shown>;
}

/// NoPasskey is thrown by show() when the person or the browser gave no passkey.
export class NoPasskey extends Error {}

/// useFactor keeps which factor is chosen. `give` asks the platform for a challenge.
export function useFactor(give: (factor: FactorKind) => Promise<Challenge>): Chosen {
  const i18n = useI18n();
  const [factor, choose] = useState<Factor>('totp');
  const [challenge, setChallenge] = useState<Challenge>();
  const [error, setError] = useState<string>();
  const setFactor = (next: Factor) => {
    choose(next);
    setChallenge(undefined);
    setError(undefined);
  };
  const load = async () => {
    setError(undefined);
    try {
      setChallenge(await give('ukey'));
    } catch (reason) {
      if (reason instanceof ApiError) setError(i18n.error(reason)); // else the form says which field is missing
    }
  };
  const show: Chosen['show'] = async ({ code, ukey }) => {
    if (factor === 'totp') return { code: code ?? '' };
    if (factor === 'ukey') {
      if (!challenge) throw new NoPasskey();
      setChallenge(undefined); // good once, whatever becomes of it
      return { answer: { factor, attempt: challenge.attempt, signature: (ukey ?? '').trim() } };
    }
    const fresh = await give('passkey');
    try {
      return { answer: await showPasskey(fresh) };
    } catch (reason) {
      throw new NoPasskey(String(reason));
    }
  };
  return { factor, setFactor, challenge, load, error, show };
}

/// `place` begins the test IDs: "login", "confirm", "password".
export function FactorFields({ chosen, place, codeHint }: { chosen: Chosen; place: string; codeHint?: string | undefined }) {
  const { t } = useI18n();
  const { factor, challenge } = chosen;
  return (
    <>
      <Form.Item label={t('factors.choose')}>
        <Segmented<Factor> block value={factor} onChange={chosen.setFactor} data-testid={`${place}-factor`}
          options={(['totp', 'passkey', 'ukey'] as const).map((value) => ({ value, label: <span data-testid={`${place}-factor-${value}`}>{t(`factors.${value}`)}</span> }))} />
      </Form.Item>
      {factor === 'totp' && (
        <Form.Item name="code" label={t('login.code')} extra={codeHint} validateTrigger="onBlur"
          rules={[{ required: true, pattern: /^[0-9]{6}$/, message: t('login.codeForm') }]}>
          <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} data-testid={`${place}-code`} />
        </Form.Item>
      )}
      {factor === 'passkey' && <Alert type={available() ? 'info' : 'warning'} showIcon className="kw-block" message={t(available() ? 'factors.passkeyHint' : 'factors.passkeyCannot')} />}
      {factor === 'ukey' && <UkeyFields challenge={challenge} load={chosen.load} error={chosen.error} place={place} />}
    </>
  );
}

export function UkeyFields({ challenge, load, error, place }: { challenge: Challenge | undefined; load: () => Promise<void>; error: string | undefined; place: string }) {
  const { t } = useI18n();
  if (!challenge) {
    return (
      <Form.Item label={t('factors.ukeyChallenge')} validateStatus={error ? 'error' : ''} help={error} required>
        <Button block onClick={() => void load()} data-testid={`${place}-ukey-load`}>{t('factors.ukeyLoad')}</Button>
      </Form.Item>
    );
  }
  const command = `kioskward ukey sign --skf LIB '${challenge.message ?? ''}'`;
  return (
    <>
      <Form.Item label={t('factors.ukeyChallenge')} extra={t('factors.ukeyHint')}>
        <Typography.Text code copyable={{ text: command }} style={{ wordBreak: 'break-all' }}><span data-testid={`${place}-ukey-message`}>{command}</span></Typography.Text>
      </Form.Item>
      <Form.Item name="ukey" label={t('factors.ukeyAnswer')} rules={[{ required: true, pattern: /^\s*[A-Za-z0-9_.-]+\s*$/, message: t('common.required') }]}>
        <Input.TextArea rows={2} autoComplete="off" data-testid={`${place}-ukey-answer`} />
      </Form.Item>
    </>
  );
}
