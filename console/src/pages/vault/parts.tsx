// What the vault's cards and drawers share: a refusal in words, and the terms under which somebody looks.
import { Alert, Form, Input, Select } from 'antd';
import type { ApiError } from '../../api/client';
import type { VaultNewest } from '../../api/types';
import { ErrorDetail, ErrorView } from '../../components/basics';
import { useI18n } from '../../i18n/language';
import { refusedOf } from './refusal';

export type Purpose = VaultNewest['purpose'];
export interface Terms { purpose: Purpose; consent: string }
export const PURPOSES: Purpose[] = ['listing', 'support', 'entry', 'certificate', 'exporting'];
const CONSENT = /^[A-Za-z0-9._-]{1,64}$/;

/// Refusal words what the vault refused; other errors as everywhere.
export function Refusal({ error }: { error: ApiError | undefined }) {
  const { code } = useI18n();
  const refused = error && refusedOf(error);
  if (!error || !refused) return <ErrorView error={error} />;
  const why = refused.word === 'reveal_refused' ? refused.rest : '';
  return (
    <Alert type="error" showIcon role="alert" className="kw-block" data-testid="vault-refusal" data-word={refused.word} data-why={why}
      message={<>{code('vaultRefusal', refused.word)} {why && code('vaultReveal', why)}</>} description={<ErrorDetail error={error} />} />
  );
}

/// TermsFields are the two inputs of a form: what for, and by whose consent.
export function TermsFields({ purposes, prefix }: { purposes: Purpose[]; prefix: string }) {
  const { t, code } = useI18n();
  return (
    <>
      <Form.Item name="purpose" label={t('vault.purpose')} rules={[{ required: true, message: t('common.required') }]}>
        <Select data-testid={`${prefix}-purpose`} options={purposes.map((value) => ({ value, label: code('vaultPurpose', value) }))} />
      </Form.Item>
      <Form.Item name="consent" label={t('vault.consent')} rules={[{ required: true, message: t('common.required') }, { pattern: CONSENT, message: t('vault.consentForm') }]}>
        <Input maxLength={64} autoComplete="off" data-testid={`${prefix}-consent`} />
      </Form.Item>
    </>
  );
}

/// District names the part of the city whose keys are meant.
export function District({ name }: { name: string }) {
  const { t } = useI18n();
  return <>{name || t('vault.noDistrict')}</>;
}
