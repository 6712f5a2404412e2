"""Categories and short names of kernels: names that occur in recordings of PyTorch on NVIDIA and AMD."""

from __future__ import annotations

import pytest

from ganzoo.trace import categories, shorten
from ganzoo.trace.categories import OTHER, categorise

ATEN = "void at::native::"


@pytest.mark.parametrize(
    ("kernel", "category"),
    [
        ("ncclDevKernel_AllReduce_Sum_f32_RING_LL(ncclDevKernelArgsStorage<4096ul>)", "communication"),
        ("ncclKernel_AllGather_RING_LL_Sum_int8_t(ncclDevComm*)", "communication"),
        ("void cudnn::ops::nchwToNhwcKernel<float, float, float, false, true>(int)", "layout"),
        ("void cudnn::ops::nhwcToNchwKernel<__half, __half, float, true>(int)", "layout"),
        ("void cudnn::bn_bw_1C11_kernel_new<float, float, float2, 128, true, 1>(float)", "norm"),
        (ATEN + "batch_norm_collect_statistics_kernel<at::native::InvStd, float>(int)", "norm"),
        (ATEN + "(anonymous namespace)::vectorized_layer_norm_kernel<float, float>(int)", "norm"),
        (ATEN + "RowwiseMomentsCUDAKernel<float>(long, float)", "norm"),
        ("MIOpenBatchNormFwdTrainSpatial", "norm"),
        ("sm80_xmma_fprop_implicit_gemm_tf32f32_tf32f32_f32_nhwckrsc_nhwc_tilesize128x128x16", "conv"),
        ("_ZN19cutlass_cudnn_train6KernelINS_4conv6kernel23ImplicitGemmConvolutionINS1_", "conv"),
        ("void cudnn::winograd_nonfused::winogradForwardData4x4<float, float>(int)", "conv"),
        ("void cask_cudnn_infer::computeOffsetsKernel<true, false>(int)", "conv"),
        (ATEN + "im2col_kernel<float>(long, float const*)", "conv"),
        (ATEN + "(anonymous namespace)::conv_depthwise2d_forward_kernel<3, float, int>(int)", "conv"),
        ("igemm_fwd_gtcx_nhwc_fp32_bx0_ex0_bt64x128x16_wt32x32x2", "conv"),
        ("ampere_sgemm_32x128_nt", "gemm"),
        ("sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x128x64_warpgroupsize1x1x1", "gemm"),
        ("nvjet_hsh_128x256_64x4_1x2_h_bz_coopA_TNT", "gemm"),
        ("void cutlass::Kernel2<cutlass_80_tensorop_bf16_s16816gemm_relu_bf16_64x64>(int)", "gemm"),
        ("Cijk_Ailk_Bljk_SB_MT128x64x16_MI32x32x1", "gemm"),
        ("void splitKreduce_kernel<32, 16, int, float, float>(int)", "gemm"),
        ("void gemv2T_kernel_val<int, int, float, float, float, 128, 16, 4, 4, false>(int)", "gemm"),
        ("triton_mm_12", "gemm"),
        ("void flash_fwd_kernel<Flash_fwd_kernel_traits<64, 128, 128, 4>>(Flash_fwd_params)", "attention"),
        ("fmha_cutlassF_f16_aligned_64x64_rf_sm80(PyTorchMemEffAttention)", "attention"),
        ("void (anonymous namespace)::softmax_warp_forward<float, float, 10, true>(float*)", "softmax"),
        (ATEN + "(anonymous namespace)::max_pool_backward_nchw<float, float>(float const*)", "resample"),
        (ATEN + "(anonymous namespace)::upsample_nearest2d_out_frame<float>(float)", "resample"),
        (ATEN + "(anonymous namespace)::grid_sampler_2d_kernel<float, int>(int)", "resample"),
        ("void upfirdn2d_kernel_small<float, 1, 1, 2, 2, 4, 4, 32, 32>(upfirdn2d_kernel_params)", "stylegan"),
        ("void filtered_lrelu_kernel<float, unsigned int, 1, 2, true>(int)", "stylegan"),
        ("void bias_act_kernel<float, 3>(bias_act_kernel_params)", "stylegan"),
        (ATEN + "(anonymous namespace)::multi_tensor_apply_kernel<TensorListMetadata<4>>(int)", "optimizer"),
        (ATEN + "(anonymous namespace)::indexSelectLargeIndex<float, long, unsigned int, 2>(int)", "index"),
        (ATEN + "(anonymous namespace)::embedding_backward_feature_kernel<float>(int)", "index"),
        (ATEN + "vectorized_gather_kernel<16, long>(char*)", "index"),
        (ATEN + "(anonymous namespace)::distribution_elementwise_grid_stride_kernel<float>()", "random"),
        (ATEN + "(anonymous namespace)::fused_dropout_kernel_vec<float, float, unsigned int>(int)", "random"),
        (ATEN + "reduce_kernel<512, 1, at::native::ReduceOp<float, MeanOps<float>>>(int)", "reduce"),
        (ATEN + "(anonymous namespace)::nll_loss_forward_reduce_cuda_kernel_2d<float>(float*)", "reduce"),
        (ATEN + "(anonymous namespace)::CatArrayBatchedCopy<float, unsigned int, 4, 64, 64>(float*)", "copy"),
        (ATEN + "vectorized_elementwise_kernel<4, at::native::FillFunctor<float>>(int)", "copy"),
        (ATEN + "elementwise_kernel<128, 2, at::native::direct_copy_kernel_cuda(int)>(int)", "copy"),
        ("triton_poi_fused_add_cos_sin_0", "triton"),
        ("triton_red_fused_native_batch_norm_leaky_relu_3", "triton"),
        ("triton_per_fused_mean_7", "triton"),
        ("triton__0d1d2d3d4d5d", "triton"),
        ("triton_convolution_4", "conv"),
        (ATEN + "vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>>(int)", "elementwise"),
        (ATEN + "unrolled_elementwise_kernel<at::native::leaky_relu_kernel(int)>(int)", "elementwise"),
        (ATEN + "elementwise_kernel<128, 4, at::native::tanh_backward_kernel_cuda(int)>(int)", "elementwise"),
        ("my_own_kernel", "other"),
    ],
)  # fmt: skip
def test_the_name_alone_tells_the_category(kernel: str, category: str) -> None:
    assert categorise(kernel, None) == category
    # An operator that says nothing of its arithmetic doesn't change that.
    assert categorise(kernel, "autograd::engine::evaluate_function: MulBackward0") == category


@pytest.mark.parametrize(
    ("operator", "category"),
    [
        ("aten::cudnn_convolution", "conv"),
        ("aten::convolution_backward", "conv"),
        ("aten::cudnn_convolution_transpose", "conv"),
        ("aten::miopen_convolution", "conv"),
        ("aten::conv2d", "conv"),
        ("aten::_conv_depthwise2d", "conv"),
        ("aten::slow_conv_transpose2d", "conv"),
        ("aten::addmm", "gemm"),
        ("aten::mm", "gemm"),
        ("aten::bmm", "gemm"),
        ("aten::linear", "gemm"),
        ("aten::_scaled_mm", "gemm"),
        ("aten::cudnn_batch_norm_backward", "norm"),
        ("aten::native_group_norm", "norm"),
        ("aten::_log_softmax", "softmax"),
        ("aten::_scaled_dot_product_flash_attention", "attention"),
        ("aten::upsample_bilinear2d_backward", "resample"),
        ("aten::max_pool2d_with_indices", "resample"),
        ("aten::_foreach_add_", "optimizer"),
        ("aten::_fused_adam_", "optimizer"),
        ("aten::index_select", "index"),
        ("aten::embedding_dense_backward", "index"),
        ("aten::normal_", "random"),
        ("aten::native_dropout", "random"),
        ("aten::sum", "reduce"),
        ("aten::linalg_vector_norm", "reduce"),
        ("aten::copy_", "copy"),
        ("aten::cat", "copy"),
        ("aten::zero_", "copy"),
    ],
)
def test_the_operator_wins_over_an_ambiguous_name(operator: str, category: str) -> None:
    assert categorise("volta_sgemm_64x64_nn", operator) == category


@pytest.mark.parametrize(
    "operator",
    ["aten::add", "aten::mul", "aten::maximum", "aten::_convert_indices", "aten::summary", "a::all_b"],
)
def test_an_operator_that_merely_resembles_another_decides_nothing(operator: str) -> None:
    assert categorise("volta_sgemm_64x64_nn", operator) == "gemm"


def test_conversions_of_the_layout_are_not_hidden_in_convolutions() -> None:
    assert categorise("void cudnn::ops::nchwToNhwcKernel<float>(int)", "aten::cudnn_convolution") == "layout"


def test_every_category_is_explained() -> None:

    tables = (categories._CERTAIN_NAMES, categories._OPERATORS, categories._NAMES)
    patterns = (*categories._CERTAIN_NAMES, *categories._OPERATORS, *categories._NAMES)
    assert {category for table in tables for category, _ in table} | {"other"} == (
        {category for category, _ in patterns} | {OTHER}
    )


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("volta_sgemm_128x32_nt", "volta_sgemm_128x32_nt"),
        ("ncclKernel_AllReduce_RING(ncclDevComm*, unsigned long)", "ncclKernel_AllReduce_RING"),
        ("Cijk_Alik_Bljk_SB_Bias_MT64x16x32_MI16x16x1_SN_LDSB0_AFC1", "Cijk_Alik_Bljk_SB_Bias_MT64x16x32"),
        (
            ATEN + "vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>, "
            "at::detail::Array<char*, 3> >(int, at::native::CUDAFunctor_add<float>, at::detail::Array<int>)",
            "vectorized_elementwise_kernel<CUDAFunctor_add>",
        ),
        (
            ATEN + "vectorized_elementwise_kernel<4, at::native::BinaryFunctor<float, float, float, "
            "at::native::(anonymous namespace)::threshold_kernel_impl<float>(at::TensorIteratorBase&, float)"
            "::{lambda(float, float)#1}>, at::detail::Array<char*, 3> >(int)",
            "vectorized_elementwise_kernel<threshold_kernel_impl>",
        ),
        (
            ATEN + "reduce_kernel<512, 1, at::native::ReduceOp<float, at::native::MeanOps<float, float, "
            "float, float>, unsigned int, float, 4> >(at::native::ReduceOp<float>)",
            "reduce_kernel<MeanOps>",
        ),
        (
            "void cudnn::bn_bw_1C11_kernel_new<float, float, float2, 128, true, 1>(float, float)",
            "cudnn::bn_bw_1C11_kernel_new<float, float, float2, 128, true, 1>",
        ),
        (
            "void cutlass::Kernel<cutlass_80_tensorop_s1688gemm_256x64_16x4_nn_align4>"
            "(cutlass_80_tensorop_s1688gemm_256x64_16x4_nn_align4::Params)",
            "cutlass::Kernel<cutlass_80_tensorop_s1688gemm_256x64_16x4_nn_align4>",
        ),
        (
            "void (anonymous namespace)::softmax_warp_forward<float, float, float, 10, true, false>(float*)",
            "softmax_warp_forward<float, float, float, 10, true, false>",
        ),
        (
            "_ZN19cutlass_cudnn_train6KernelINS_4conv6kernel23ImplicitGemmConvolutionINS1_11threadblock22Implicit",
            "cutlass_cudnn_train::Kernel::conv::kernel::ImplicitGemmConvolution",
        ),
        ("_ZN", "_ZN"),
        ("void f(", "f"),
        ("a<b", "a<b>"),
        ("", ""),
    ],
)  # fmt: skip
def test_short_names(name: str, short: str) -> None:
    assert shorten(name) == short
