/**
 * Ant Design's tokens for the themes; `desk.css` and `themes.css` hold the same colours for what is painted
 * without it.
 */
import { theme, type ThemeConfig } from 'antd';
import type { Theme } from './theme.choice.ts';

const fontFamily =
  '"Inter", "SF Pro Text", "Segoe UI Variable Text", "Segoe UI", Roboto, "Helvetica Neue", ' +
  '"Noto Sans", "Liberation Sans", "DejaVu Sans Condensed", "DejaVu Sans", sans-serif';

const shared: ThemeConfig['token'] = {
  fontFamily,
  fontSize: 12,
  borderRadius: 4,
  wireframe: false,
  // Said to Ant Design too: it waits for the end of an animation that desk.css then takes away, and a
  // closed dialog would stay on the page.
  motion: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
  motionDurationMid: '0.12s',
  motionDurationSlow: '0.16s',
};

const dark: ThemeConfig = {
  algorithm: [theme.darkAlgorithm, theme.compactAlgorithm],
  token: {
    ...shared,
    colorPrimary: '#3687dd',
    colorInfo: '#3d8fe8',
    colorSuccess: '#2fb98a',
    colorWarning: '#dfa544',
    colorError: '#ff8f86',
    colorLink: '#6db1f7',
    colorBgBase: '#0a0e13',
    colorBgLayout: '#0a0e13',
    colorBgContainer: '#10161e',
    colorBgElevated: '#161e28',
    colorBorder: '#263241',
    colorBorderSecondary: '#1b2530',
    colorSplit: '#1b2530',
    colorTextBase: '#dde5ee',
    colorText: '#d5dee8',
    colorTextSecondary: '#93a2b4',
    colorTextTertiary: '#8494a6',
    colorTextPlaceholder: '#8494a6',
  },
  components: {
    // Dark words on what is solid: the red is as light as words in it need.
    Button: { dangerColor: '#1a0706' },
    Table: {
      headerBg: '#10161e',
      headerColor: '#8494a6',
      headerSplitColor: 'transparent',
      rowHoverBg: '#172130',
      cellPaddingBlockSM: 4,
      cellPaddingInlineSM: 8,
      headerSortActiveBg: '#131b25',
      headerSortHoverBg: '#131b25',
      bodySortBg: 'transparent',
      borderColor: '#182029',
      cellFontSizeSM: 12,
    },
    Tabs: { horizontalMargin: '0', titleFontSize: 12, horizontalItemPadding: '8px 2px' },
    Segmented: { trackBg: '#0d131a', itemSelectedBg: '#263547' },
    Input: { activeShadow: 'none' },
    Select: { optionSelectedBg: '#22344a' },
    Modal: { contentBg: '#141c26', headerBg: '#141c26' },
  },
};

const table = {
  headerSplitColor: 'transparent',
  cellPaddingBlockSM: 4,
  cellPaddingInlineSM: 8,
  bodySortBg: 'transparent',
  cellFontSizeSM: 12,
} as const;

const light: ThemeConfig = {
  algorithm: [theme.defaultAlgorithm, theme.compactAlgorithm],
  token: {
    ...shared,
    colorPrimary: '#0f5cae',
    colorInfo: '#0f5cae',
    colorSuccess: '#0a6f4d',
    colorWarning: '#8a5a00',
    colorError: '#b3261e',
    colorBgLayout: '#eef1f5',
    colorText: '#17212c',
    colorTextSecondary: '#445364',
    colorTextTertiary: '#5b6b7d',
    colorTextPlaceholder: '#6b7987',
    colorBorder: '#b3bfcc',
  },
  components: { Table: table, Input: { activeShadow: 'none' } },
};

const contrast: ThemeConfig = {
  algorithm: [theme.darkAlgorithm, theme.compactAlgorithm],
  token: {
    ...shared,
    colorPrimary: '#7fd4ff',
    colorInfo: '#7fd4ff',
    colorSuccess: '#6dffb8',
    colorWarning: '#ffdd66',
    colorError: '#ff9c94',
    colorBgBase: '#000000',
    colorBgLayout: '#000000',
    colorBgContainer: '#000000',
    colorBgElevated: '#000000',
    colorBorder: '#ffffff',
    colorBorderSecondary: '#ffffff',
    colorTextBase: '#ffffff',
    colorText: '#ffffff',
    colorTextSecondary: '#ffffff',
    colorTextTertiary: '#e6e6e6',
    colorTextPlaceholder: '#c8c8c8',
    colorTextLightSolid: '#000000',
  },
  components: { Table: table, Input: { activeShadow: 'none' } },
};

export const deskThemes: Readonly<Record<Theme, ThemeConfig>> = { dark, light, contrast };
